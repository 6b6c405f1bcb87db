//! Lines in a coordinate system, as SVG without any colour of its own: the page gives it those that
//! fit to it.

use crate::text::number;

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 280.0;
/// Room for the numbers at the axes: left, top, right, bottom.
const MARGIN: [f64; 4] = [58.0, 12.0, 18.0, 44.0];

/// Some lines over one axis. A template shows it, with the same numbers as a table.
#[derive(Debug)]
pub(crate) struct Plot {
    /// In the page.
    pub(crate) id: &'static str,
    pub(crate) title: &'static str,
    pub(crate) x: Axis,
    /// Of what the lines show.
    pub(crate) unit: &'static str,
    pub(crate) is_logarithmic: bool,
    pub(crate) lines: Vec<Line>,
}

/// Where the points of all lines are, from left to right.
#[derive(Debug)]
pub(crate) struct Axis {
    pub(crate) label: &'static str,
    /// From 0 to 1.
    positions: Vec<f64>,
    /// What each is called.
    pub(crate) names: Vec<String>,
    ticks: Vec<(f64, String)>,
}

/// A value at each position of the axis, or none.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) name: &'static str,
    pub(crate) points: Vec<Option<f64>>,
}

/// The values that fit into the picture.
#[derive(Debug, Clone, Copy)]
struct Scale {
    least: f64,
    most: f64,
    is_logarithmic: bool,
}

impl Axis {
    pub(crate) fn linear(label: &'static str, values: Vec<f64>) -> Self {
        let most = values.last().copied().unwrap_or_default().max(1.0);
        let ticks = steps(0.0, most, 8.0).map(|value| (value / most, number(value))).collect();
        Self {
            label,
            positions: values.iter().map(|value| value / most).collect(),
            names: values.into_iter().map(number).collect(),
            ticks,
        }
    }

    /// Each nine more takes as much room as the one before.
    pub(crate) fn percentiles(label: &'static str, quantiles: &[f64]) -> Self {
        let nines = |quantile: f64| -(1.0 - quantile).log10();
        let most = quantiles.last().map_or(1.0, |quantile| nines(*quantile));
        let name = |quantile: f64| {
            let text = format!("{:.2}", quantile * 100.0);
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        };
        let ticks = [0.0, 0.5, 0.9, 0.95, 0.99, 0.995, 0.999, 0.9999];
        Self {
            label,
            positions: quantiles.iter().map(|quantile| nines(*quantile) / most).collect(),
            names: quantiles.iter().copied().map(name).collect(),
            ticks: ticks.map(|quantile| (nines(quantile) / most, name(quantile))).to_vec(),
        }
    }
}

impl Plot {
    /// Every point as text: its name, and the value of each line.
    pub(crate) fn rows(&self) -> Vec<(&str, Vec<String>)> {
        let value = |line: &Line, index: usize| match line.points.get(index).copied().flatten() {
            Some(value) => number(value),
            None => "–".to_owned(),
        };
        let names = self.x.names.iter().enumerate();
        names
            .map(|(index, name)| {
                (name.as_str(), self.lines.iter().map(|line| value(line, index)).collect())
            })
            .collect()
    }

    /// The picture. Whoever can't see it has [`Plot::rows`].
    pub(crate) fn svg(&self) -> String {
        let [left, top, right, bottom] = MARGIN;
        let (width, height) = (WIDTH - left - right, HEIGHT - top - bottom);
        let scale = self.scale();
        let x = |position: f64| left + position * width;
        let y = |value: f64| top + (1.0 - scale.position(value)) * height;
        let mut svg = format!(
            "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-labelledby=\"{0}-title\" \
             aria-describedby=\"{0}-numbers\">",
            self.id
        );
        for value in scale.ticks() {
            let (at, name) = (y(value), number(value));
            svg.push_str(&format!(
                "<path class=\"grid\" d=\"M{left:.1} {at:.1}H{:.1}\"/>\
                 <text class=\"end\" x=\"{:.1}\" y=\"{:.1}\">{name}</text>",
                left + width,
                left - 8.0,
                at + 4.0,
            ));
        }
        for (position, name) in &self.x.ticks {
            let (at, foot) = (x(*position), top + height);
            svg.push_str(&format!(
                "<path class=\"grid\" d=\"M{at:.1} {top:.1}V{foot:.1}\"/>\
                 <text class=\"middle\" x=\"{at:.1}\" y=\"{:.1}\">{name}</text>",
                foot + 18.0,
            ));
        }
        svg.push_str(&format!(
            "<text class=\"middle\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            left + width / 2.0,
            HEIGHT - 6.0,
            self.x.label,
        ));
        for (index, line) in self.lines.iter().enumerate() {
            let points = line.points.iter().zip(&self.x.positions);
            let points = points.map(|(value, at)| Some((x(*at), y((*value)?))));
            svg.push_str(&format!("<path class=\"line-{index}\" d=\"{}\"/>", path(points)));
        }
        svg.push_str("</svg>");
        svg
    }

    fn scale(&self) -> Scale {
        let values = || self.lines.iter().flat_map(|line| line.points.iter().copied().flatten());
        let most = values().fold(0.0, f64::max);
        let most = if most > 0.0 { most } else { 1.0 };
        if !self.is_logarithmic {
            return Scale { least: 0.0, most: most * 1.05, is_logarithmic: false };
        }
        let least = values().filter(|value| *value > 0.0).fold(most, f64::min);
        // Whole decades, at least one.
        let least = 10_f64.powf(least.log10().floor());
        let most = 10_f64.powf(most.log10().ceil());
        Scale { least, most: most.max(least * 10.0), is_logarithmic: true }
    }
}

impl Scale {
    /// From 0 to 1.
    fn position(self, value: f64) -> f64 {
        let position = if self.is_logarithmic {
            (value.max(self.least) / self.least).log10() / (self.most / self.least).log10()
        } else {
            value / self.most
        };
        position.clamp(0.0, 1.0)
    }

    fn ticks(self) -> Vec<f64> {
        if !self.is_logarithmic {
            return steps(self.least, self.most, 5.0).collect();
        }
        let decades = (self.most / self.least).log10().round() as i32;
        (0..=decades).map(|decade| self.least * 10_f64.powi(decade)).collect()
    }
}

/// Round numbers from `least` to `most`, about so many.
fn steps(least: f64, most: f64, count: f64) -> impl Iterator<Item = f64> {
    let rough = (most - least) / count;
    let decade = 10_f64.powf(rough.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * decade);
    let step = steps.into_iter().find(|step| *step >= rough).unwrap_or(rough);
    (0..).map(move |index| least + f64::from(index) * step).take_while(move |value| *value <= most)
}

/// Where there is no point, there is a gap; a point alone is a dot.
fn path(points: impl Iterator<Item = Option<(f64, f64)>>) -> String {
    let mut path = String::new();
    let mut is_drawing = false;
    for point in points {
        if let Some((x, y)) = point {
            let command =
                if is_drawing { format!("L{x:.1} {y:.1}") } else { format!("M{x:.1} {y:.1}h0") };
            path.push_str(&command);
        }
        is_drawing = point.is_some();
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_a_gap_where_there_is_no_value() {
        let points = [Some((0.0, 1.0)), Some((1.0, 2.0)), None, Some((3.0, 4.0))];
        assert_eq!(path(points.into_iter()), "M0.0 1.0h0L1.0 2.0M3.0 4.0h0");
    }

    #[test]
    fn axes_have_round_numbers() {
        let all = |most, count| steps(0.0, most, count).collect::<Vec<_>>();
        assert_eq!(all(60.0, 8.0), [0.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0]);
        assert_eq!(all(1.0, 5.0), [0.0, 0.2, 0.4, 0.6000000000000001, 0.8, 1.0]);
        let scale = Scale { least: 0.1, most: 100.0, is_logarithmic: true };
        let names: Vec<_> = scale.ticks().into_iter().map(number).collect();
        assert_eq!(names, ["0.1", "1", "10", "100"]);
        assert!((scale.position(10.0) - 2.0 / 3.0).abs() < 1e-9);
    }

    #[test]
    fn nothing_is_drawn_of_nothing() {
        let line = Line { name: "p50", points: vec![None] };
        let x = Axis::linear("s", vec![0.0]);
        let plot =
            Plot { id: "a", title: "A", x, unit: "ms", is_logarithmic: true, lines: vec![line] };
        assert!(plot.svg().contains("class=\"line-0\" d=\"\""));
        assert_eq!(plot.rows(), [("0", vec!["–".to_owned()])]);
    }
}
