//! Lines in a coordinate system, as SVG. The page's style sheet replaces the colours by those that
//! fit to it.

use std::{error::Error, ops::Range};

use plotters::{
    backend::SVGBackend,
    chart::ChartBuilder,
    drawing::IntoDrawingArea,
    series::LineSeries,
    style::{Color, RGBColor},
};

use crate::text::number;

/// Width and height of the picture.
const SIZE: (u32, u32) = (760, 280);
/// The colours of the lines, by which the style sheet knows them.
const COLOURS: [RGBColor; 3] =
    [RGBColor(0x0b, 0x6b, 0x57), RGBColor(0x8a, 0x4b, 0x08), RGBColor(0x7a, 0x2a, 0x8f)];

/// Some lines over one axis. A template shows it, with the same numbers as a table.
#[derive(Debug)]
pub(crate) struct Plot {
    /// The plot's id in the page.
    pub(crate) id: &'static str,
    pub(crate) title: &'static str,
    pub(crate) x: Axis,
    /// The unit of what the lines show.
    pub(crate) unit: &'static str,
    pub(crate) is_logarithmic: bool,
    pub(crate) lines: Vec<Line>,
}

/// The points of all lines, from left to right.
#[derive(Debug)]
pub(crate) struct Axis {
    pub(crate) label: &'static str,
    positions: Vec<f64>,
    name: fn(f64) -> String,
}

/// A value at each position of the axis, or none.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) name: &'static str,
    pub(crate) points: Vec<Option<f64>>,
}

impl Axis {
    pub(crate) fn linear(label: &'static str, positions: Vec<f64>) -> Self {
        Self { label, positions, name: number }
    }

    /// Each nine more takes as much room as the one before.
    pub(crate) fn percentiles(label: &'static str, quantiles: &[f64]) -> Self {
        let positions = quantiles.iter().map(|quantile| -(1.0 - quantile).log10()).collect();
        Self { label, positions, name: |nines| number((1.0 - 10_f64.powf(-nines)) * 100.0) }
    }
}

impl Plot {
    /// Returns every point as text: its name, and the value of each line.
    pub(crate) fn rows(&self) -> Vec<(String, Vec<String>)> {
        let value = |line: &Line, index: usize| match line.points.get(index).copied().flatten() {
            Some(value) => number(value),
            None => "–".to_owned(),
        };
        let names = self.x.positions.iter().map(|position| (self.x.name)(*position)).enumerate();
        let values = |index| self.lines.iter().map(|line| value(line, index)).collect();
        names.map(|(index, name)| (name, values(index))).collect()
    }

    /// Draws the picture. [`Plot::rows`] says the same to readers who can't see it.
    ///
    /// # Errors
    /// The picture can't be drawn.
    pub(crate) fn svg(&self) -> Result<String, Box<dyn Error + Send + Sync>> {
        let mut svg = String::new();
        let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        let most = self.x.positions.last().copied().unwrap_or_default();
        let mut chart = ChartBuilder::on(&area)
            .margin(10)
            .x_label_area_size(40)
            .y_label_area_size(58)
            .build_cartesian_2d(0.0..most.max(1.0), self.y_range())?;
        let y_name = |y: &f64| number(if self.is_logarithmic { 10_f64.powf(*y) } else { *y });
        chart
            .configure_mesh()
            .max_light_lines(0)
            .x_desc(self.x.label)
            .x_label_formatter(&|x| (self.x.name)(*x))
            .y_labels(6)
            .y_label_formatter(&y_name)
            .draw()?;
        for (line, colour) in self.lines.iter().zip(COLOURS) {
            let points: Vec<_> = line.points.iter().zip(&self.x.positions).collect();
            // Where there is no point, there is a gap; a point alone is a dot.
            for points in points.split(|(value, _)| value.is_none()) {
                let points = points.iter().filter_map(|(value, x)| Some((**x, self.y((**value)?))));
                let dot = points.clone().take(1);
                chart.draw_series(LineSeries::new(dot.chain(points), colour.stroke_width(2)))?;
            }
        }
        drop(chart);
        drop(area);
        let described = format!(
            "<svg role=\"img\" aria-labelledby=\"{0}-title\" aria-describedby=\"{0}-numbers\" ",
            self.id
        );
        // In a page, SVG needs no namespace.
        let svg = svg.replacen(" xmlns=\"http://www.w3.org/2000/svg\"", "", 1);
        Ok(svg.replacen("<svg ", &described, 1))
    }

    /// Returns where a value is drawn.
    fn y(&self, value: f64) -> f64 {
        if self.is_logarithmic { value.log10().max(self.y_range().start) } else { value }
    }

    /// Returns the range of the values; of logarithmic ones whole decades, at least one.
    fn y_range(&self) -> Range<f64> {
        let values = || self.lines.iter().flat_map(|line| line.points.iter().copied().flatten());
        let most = values().fold(0.0, f64::max);
        let most = if most > 0.0 { most } else { 1.0 };
        if !self.is_logarithmic {
            return 0.0..most * 1.05;
        }
        let least = values().filter(|value| *value > 0.0).fold(most, f64::min).log10().floor();
        least..most.log10().ceil().max(least + 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plot(positions: Vec<f64>, points: Vec<Option<f64>>) -> Plot {
        let x = Axis::linear("seconds", positions);
        let lines = vec![Line { name: "p50", points }];
        Plot { id: "a", title: "A", x, unit: "ms", is_logarithmic: true, lines }
    }

    /// Returns how many strokes a plot has.
    fn strokes(plot: &Plot) -> usize {
        plot.svg().unwrap().matches("stroke=\"#0B6B57\"").count()
    }

    #[test]
    fn a_line_has_a_gap_where_there_is_no_value() {
        let points = vec![Some(1.0), Some(2.0), None, Some(4.0)];
        assert_eq!(strokes(&plot(vec![0.0, 1.0, 2.0, 3.0], points)), 2);
    }

    #[test]
    fn axes_have_round_numbers() {
        let svg = plot(vec![0.0, 60.0], vec![Some(0.2), Some(90.0)]).svg().unwrap();
        for label in ["0.1", "1", "10", "100", "20", "60"] {
            assert!(svg.contains(&format!("\n{label}\n")), "{label}: {svg}");
        }
    }

    #[test]
    fn nothing_is_drawn_of_nothing() {
        let plot = plot(vec![0.0], vec![None]);
        assert_eq!(strokes(&plot), 0);
        assert_eq!(plot.rows(), [("0".to_owned(), vec!["–".to_owned()])]);
    }
}
