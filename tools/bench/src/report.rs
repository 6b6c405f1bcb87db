//! Results as Markdown.

use std::fmt;

/// The results of one measurement.
pub(crate) struct Section {
    pub(crate) title: &'static str,
    pub(crate) tables: Vec<Table>,
    pub(crate) targets: Vec<Target>,
}

/// Rows with the same columns. The first column names the row, the others are numbers.
pub(crate) struct Table {
    pub(crate) caption: &'static str,
    pub(crate) rows: Vec<Row>,
}

/// Cells, each with the name of its column.
pub(crate) type Row = Vec<(&'static str, String)>;

/// A bound that the project has set itself.
pub(crate) struct Target {
    pub(crate) what: String,
    /// The most that may be measured.
    pub(crate) bound: f64,
    pub(crate) unit: &'static str,
    pub(crate) measured: f64,
}

impl fmt::Display for Section {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "## {}", self.title)?;
        self.tables.iter().try_for_each(|table| write!(out, "\n{table}"))?;
        if !self.targets.is_empty() {
            writeln!(out, "\n| target | at most | measured | |\n|---|--:|--:|---|")?;
        }
        for Target { what, unit, bound, measured } in &self.targets {
            let verdict = if measured <= bound { "met" } else { "**missed**" };
            writeln!(out, "| {what} | {bound} {unit} | {measured:.2} {unit} | {verdict} |")?;
        }
        Ok(())
    }
}

impl fmt::Display for Table {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{}\n", self.caption)?;
        let Some(first) = self.rows.first() else { return Ok(()) };
        let columns: Vec<_> = first.iter().map(|(column, _)| *column).collect();
        writeln!(out, "| {} |", columns.join(" | "))?;
        writeln!(out, "|---|{}", "--:|".repeat(columns.len().saturating_sub(1)))?;
        for row in &self.rows {
            let cells: Vec<_> = row.iter().map(|(_, cell)| cell.as_str()).collect();
            writeln!(out, "| {} |", cells.join(" | "))?;
        }
        Ok(())
    }
}

/// Returns 1234567 as "1,234,567".
pub(crate) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let (first, others) = digits.split_at((digits.len() - 1) % 3 + 1);
    let others = others.as_bytes().chunks(3).map(|group| String::from_utf8_lossy(group));
    others.fold(first.to_owned(), |text, group| text + "," + &group)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spread::Spread;

    #[test]
    fn people_get_tables_in_markdown() {
        let row = vec![
            ("function", "hello".to_owned()),
            ("bytes", grouped(1_261_168)),
            ("ms", Spread::of([2.0, 1.0, 9.0]).unwrap().to_text(1)),
        ];
        let table = Table { caption: "Each of them.", rows: vec![row] };
        let target = Target { what: "start".to_owned(), bound: 2.0, unit: "ms", measured: 2.5 };
        let section = Section { title: "Starts", tables: vec![table], targets: vec![target] };
        let expected = "## Starts\n\nEach of them.\n\n\
            | function | bytes | ms |\n|---|--:|--:|\n\
            | hello | 1,261,168 | 2.0 (1.0–9.0) |\n\n\
            | target | at most | measured | |\n|---|--:|--:|---|\n\
            | start | 2 ms | 2.50 ms | **missed** |\n";
        assert_eq!(section.to_string(), expected);
    }
}
