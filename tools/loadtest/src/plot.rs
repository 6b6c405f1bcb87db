//! Line plots as SVG. The page's style sheet replaces their colours.

use std::{error::Error, ops::Range};

use plotters::{
    backend::SVGBackend,
    chart::ChartBuilder,
    drawing::IntoDrawingArea,
    series::LineSeries,
    style::{Color, RGBColor},
};

use crate::quantity::number;

/// The width and height of the picture.
const SIZE: (u32, u32) = (760, 280);
/// The most labels of an axis.
const LABELS: usize = 6;
/// The colours of the lines, by which the style sheet selects them.
const COLOURS: [RGBColor; 3] =
    [RGBColor(0x0b, 0x6b, 0x57), RGBColor(0x8a, 0x4b, 0x08), RGBColor(0x7a, 0x2a, 0x8f)];

/// Some lines over one axis. The page shows the plot, and the same numbers as a table.
pub(crate) struct Plot {
    /// The plot's id in the page.
    pub(crate) id: &'static str,
    pub(crate) title: &'static str,
    pub(crate) x: Axis,
    /// The unit of the lines' values.
    pub(crate) unit: &'static str,
    pub(crate) lines: Vec<Line>,
}

/// The horizontal axis, with the positions of all points from left to right.
pub(crate) struct Axis {
    pub(crate) label: &'static str,
    pub(crate) positions: Vec<f64>,
    /// Returns the name of a position.
    pub(crate) name: fn(f64) -> String,
}

/// The name of a line, and its value at each position of the axis, if it has one.
pub(crate) type Line = (&'static str, Vec<Option<f64>>);

impl Plot {
    /// Returns true if each line of the grid is ten times the one below, as latencies need it.
    pub(crate) fn is_logarithmic(&self) -> bool {
        self.unit == "ms"
    }

    /// Returns every point as text: its name, and the value of each line.
    pub(crate) fn rows(&self) -> Vec<(String, Vec<String>)> {
        let value = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), number);
        let values = |index: usize| self.lines.iter().map(|(_, line)| value(line[index])).collect();
        let positions = self.x.positions.iter().enumerate();
        positions.map(|(index, position)| ((self.x.name)(*position), values(index))).collect()
    }

    /// Draws the picture. [`Plot::rows`] has the same for readers who can't see it.
    pub(crate) fn svg(&self) -> Result<String, Box<dyn Error + Send + Sync>> {
        let mut svg = String::new();
        let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        let most = self.x.positions.last().copied().unwrap_or_default();
        let range = self.y_range();
        let decades = (range.end - range.start) as usize;
        let mut chart = ChartBuilder::on(&area)
            .margin(10)
            .margin_right(24)
            .x_label_area_size(40)
            .y_label_area_size(58)
            .build_cartesian_2d(0.0..most.max(1.0), range.clone())?;
        let value = |y: f64| if self.is_logarithmic() { 10_f64.powf(y) } else { y };
        let y = |value: f64| if self.is_logarithmic() { value.log10() } else { value };
        chart
            .configure_mesh()
            .max_light_lines(0)
            .x_desc(self.x.label)
            .x_labels(LABELS)
            .x_label_formatter(&|x| (self.x.name)(*x))
            .y_labels(if self.is_logarithmic() { decades + 1 } else { LABELS })
            .y_label_formatter(&|y| number(value(*y)))
            .draw()?;
        for ((_, line), colour) in self.lines.iter().zip(COLOURS) {
            let points: Vec<_> = self.x.positions.iter().zip(line).collect();
            // A missing point makes a gap, and a point between gaps is a dot.
            for points in points.split(|(_, value)| value.is_none()) {
                let points = points.iter().filter_map(|(x, value)| Some((**x, y((**value)?))));
                let points = points.map(|(x, y)| (x, y.max(range.start)));
                let dot = points.clone().take(1);
                chart.draw_series(LineSeries::new(dot.chain(points), colour.stroke_width(2)))?;
            }
        }
        drop((chart, area));
        // SVG in a page needs no namespace, so the description takes its place.
        let described = format!(
            "role=\"img\" aria-labelledby=\"{0}-title\" aria-describedby=\"{0}-numbers\"",
            self.id
        );
        Ok(svg.replacen("xmlns=\"http://www.w3.org/2000/svg\"", &described, 1))
    }

    /// Returns the range of the values, which is at least one whole decade if they are logarithmic.
    fn y_range(&self) -> Range<f64> {
        let values = || self.lines.iter().flat_map(|(_, line)| line.iter().copied().flatten());
        let most = values().reduce(f64::max).filter(|most| *most > 0.0).unwrap_or(1.0);
        if !self.is_logarithmic() {
            return 0.0..most * 1.05;
        }
        let least = values().filter(|value| *value > 0.0).fold(most, f64::min).log10().floor();
        least..most.log10().ceil().max(least + 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plot(points: Vec<Option<f64>>) -> Plot {
        let positions = (0..points.len()).map(|index| index as f64 * 20.0).collect();
        let x = Axis { label: "seconds", positions, name: number };
        Plot { id: "a", title: "A", x, unit: "ms", lines: vec![("p50", points)] }
    }

    /// Returns the number of strokes of a plot.
    fn strokes(plot: &Plot) -> usize {
        plot.svg().unwrap().matches("stroke=\"#0B6B57\"").count()
    }

    #[test]
    fn a_line_has_a_gap_where_there_is_no_value() {
        assert_eq!(strokes(&plot(vec![Some(1.0), Some(2.0), None, Some(4.0)])), 2);
    }

    #[test]
    fn axes_have_round_numbers() {
        let svg = plot(vec![Some(0.2), Some(1.0), Some(20.0), Some(90.0)]).svg().unwrap();
        let has = |label| svg.contains(&format!("\n{label}\n"));
        assert!(["0.1", "1", "10", "100", "20", "60"].into_iter().all(has), "{svg}");
        assert!(!has("0.32"), "half a decade");
    }

    #[test]
    fn nothing_is_drawn_of_nothing() {
        let plot = plot(vec![None]);
        assert_eq!(strokes(&plot), 0);
        assert_eq!(plot.rows(), [("0".to_owned(), vec!["–".to_owned()])]);
    }
}
