//! What was found, for people (Markdown) and for programs (JSON).

use std::{
    fmt::{self, Write},
    fs, io,
    path::Path,
};

use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::spread::Spread;

/// What one measurement has found.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Section {
    pub(crate) title: &'static str,
    pub(crate) tables: Vec<Table>,
    pub(crate) targets: Vec<Target>,
}

/// Rows under named columns, the same number in each.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    /// What the rows are.
    pub(crate) caption: String,
    pub(crate) columns: Vec<&'static str>,
    pub(crate) rows: Vec<Vec<Cell>>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    Text(String),
    /// Exact.
    Count(u64),
    /// Shown with so many decimals.
    Number(f64, usize),
    /// Shown as "median (least–ninth decile)", each with so many decimals.
    Samples(Spread, usize),
}

/// A bound that the project has set itself.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Target {
    pub(crate) what: String,
    pub(crate) unit: &'static str,
    /// What was measured may not exceed it.
    pub(crate) bound: f64,
    pub(crate) measured: f64,
}

/// Writes `bench.md` and `bench.json`.
pub(crate) fn keep(directory: &Path, sections: &[Section]) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    let markdown: Vec<_> = sections.iter().map(Section::to_string).collect();
    fs::write(directory.join("bench.md"), markdown.join("\n"))?;
    fs::write(directory.join("bench.json"), serde_json::to_vec_pretty(sections)?)
}

impl Target {
    pub(crate) fn is_met(&self) -> bool {
        self.measured <= self.bound
    }
}

impl fmt::Display for Section {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "## {}", self.title)?;
        self.tables.iter().try_for_each(|table| write!(out, "\n{table}"))?;
        if !self.targets.is_empty() {
            writeln!(out, "\n| target | at most | measured | |\n|---|--:|--:|---|")?;
        }
        for target in &self.targets {
            let Target { what, unit, bound, measured } = target;
            let verdict = if target.is_met() { "met" } else { "**missed**" };
            writeln!(out, "| {what} | {bound} {unit} | {measured:.2} {unit} | {verdict} |")?;
        }
        Ok(())
    }
}

impl fmt::Display for Table {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.caption.is_empty() {
            writeln!(out, "{}\n", self.caption)?;
        }
        writeln!(out, "| {} |", self.columns.join(" | "))?;
        // The first column names the row, all others are numbers.
        writeln!(out, "|---|{}", "--:|".repeat(self.columns.len().saturating_sub(1)))?;
        for row in &self.rows {
            let mut line = String::from("|");
            row.iter().try_for_each(|cell| write!(line, " {cell} |"))?;
            writeln!(out, "{line}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => out.write_str(text),
            Self::Count(count) => out.write_str(&grouped(*count)),
            Self::Number(number, decimals) => write!(out, "{number:.decimals$}"),
            Self::Samples(Spread { median, least, ninth_decile, .. }, decimals) => {
                write!(out, "{median:.decimals$} ({least:.decimals$}–{ninth_decile:.decimals$})")
            }
        }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// Rows become objects, so that a program finds a number by its name.
impl Serialize for Table {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Row<'a>(&'a Table, &'a [Cell]);
        impl Serialize for Row<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_map(self.0.columns.iter().zip(self.1))
            }
        }
        let rows: Vec<_> = self.rows.iter().map(|row| Row(self, row)).collect();
        let mut table = serializer.serialize_map(Some(2))?;
        table.serialize_entry("caption", &self.caption)?;
        table.serialize_entry("rows", &rows)?;
        table.end()
    }
}

/// Without what is said for people alone.
impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => text.serialize(serializer),
            Self::Count(count) => count.serialize(serializer),
            Self::Number(number, _) => number.serialize(serializer),
            Self::Samples(spread, _) => spread.serialize(serializer),
        }
    }
}

/// 1234567 as "1,234,567".
fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (position, digit) in digits.char_indices() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn section() -> Section {
        let spread = Spread::of([2.0, 1.0, 9.0]).unwrap();
        Section {
            title: "Starts",
            tables: vec![Table {
                caption: "Each of them.".to_owned(),
                columns: vec!["function", "bytes", "ms", "ratio"],
                rows: vec![vec![
                    "hello".into(),
                    Cell::Count(1_261_168),
                    Cell::Samples(spread, 1),
                    Cell::Number(1.25, 1),
                ]],
            }],
            targets: vec![Target {
                what: "start".to_owned(),
                unit: "ms",
                bound: 2.0,
                measured: 2.5,
            }],
        }
    }

    #[test]
    fn people_get_tables() {
        let expected = "## Starts\n\nEach of them.\n\n\
            | function | bytes | ms | ratio |\n|---|--:|--:|--:|\n\
            | hello | 1,261,168 | 2.0 (1.0–9.0) | 1.2 |\n\n\
            | target | at most | measured | |\n|---|--:|--:|---|\n\
            | start | 2 ms | 2.50 ms | **missed** |\n";
        assert_eq!(section().to_string(), expected);
    }

    #[test]
    fn programs_find_numbers_by_name() {
        let json = serde_json::to_value(section()).unwrap();
        let row = &json["tables"][0]["rows"][0];
        assert_eq!(row["bytes"], json!(1_261_168));
        assert_eq!(row["ms"]["median"], json!(2.0));
        assert_eq!(row["ratio"], json!(1.25));
        assert_eq!(json["targets"][0]["measured"], json!(2.5));
    }
}
