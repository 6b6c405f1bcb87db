//! Results, as Markdown for people and as JSON for programs.

use std::{
    collections::BTreeMap,
    fmt::{self, Write},
    fs, io,
    path::Path,
};

use serde::{Serialize, Serializer};

use crate::spread::Spread;

/// The results of one measurement.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Section {
    pub(crate) title: &'static str,
    pub(crate) tables: Vec<Table>,
    pub(crate) targets: Vec<Target>,
}

/// Rows with the same columns. The first column names the row, the others are numbers.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Table {
    pub(crate) caption: String,
    #[serde(serialize_with = "as_objects")]
    pub(crate) rows: Vec<Row>,
}

/// Cells, each with the name of its column.
pub(crate) type Row = Vec<(&'static str, Cell)>;

/// A value in a table.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    Text(String),
    /// An exact number.
    Count(u64),
    /// A number that is shown with so many decimals.
    Number(f64, usize),
    /// Samples, shown as "median (least–ninth decile)" with so many decimals each.
    Samples(Spread, usize),
}

/// A bound that the project has set itself.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Target {
    what: String,
    unit: &'static str,
    /// The most that may be measured.
    bound: f64,
    measured: f64,
}

/// Writes `bench.md` and `bench.json`.
pub(crate) fn write(directory: &Path, sections: &[Section]) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    let markdown: Vec<_> = sections.iter().map(Section::to_string).collect();
    fs::write(directory.join("bench.md"), markdown.join("\n"))?;
    fs::write(directory.join("bench.json"), serde_json::to_vec_pretty(sections)?)
}

impl Table {
    /// Builds a table without rows.
    pub(crate) fn new(caption: impl Into<String>) -> Self {
        Self { caption: caption.into(), rows: Vec::new() }
    }
}

impl Target {
    /// Compares what was measured with the most that it may be.
    pub(crate) fn new(
        what: impl Into<String>,
        bound: f64,
        unit: &'static str,
        measured: f64,
    ) -> Self {
        Self { what: what.into(), unit, bound, measured }
    }
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
            let mut line = String::from("|");
            row.iter().try_for_each(|(_, cell)| write!(line, " {cell} |"))?;
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

/// Serializes each row as an object, so that a program finds a number by its name.
fn as_objects<S: Serializer>(rows: &[Row], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(rows.iter().map(|row| row.iter().cloned().collect::<BTreeMap<_, _>>()))
}

/// Returns 1234567 as "1,234,567".
fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let (first, others) = digits.split_at((digits.len() - 1) % 3 + 1);
    let others = others.as_bytes().chunks(3).map(|group| String::from_utf8_lossy(group));
    others.fold(first.to_owned(), |text, group| text + "," + &group)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn section() -> Section {
        let spread = Spread::of([2.0, 1.0, 9.0]).unwrap();
        let mut table = Table::new("Each of them.");
        table.rows.push(vec![
            ("function", "hello".into()),
            ("bytes", Cell::Count(1_261_168)),
            ("ms", Cell::Samples(spread, 1)),
            ("ratio", Cell::Number(1.25, 1)),
        ]);
        let targets = vec![Target::new("start", 2.0, "ms", 2.5)];
        Section { title: "Starts", tables: vec![table], targets }
    }

    #[test]
    fn people_get_tables_in_markdown() {
        let expected = "## Starts\n\nEach of them.\n\n\
            | function | bytes | ms | ratio |\n|---|--:|--:|--:|\n\
            | hello | 1,261,168 | 2.0 (1.0–9.0) | 1.2 |\n\n\
            | target | at most | measured | |\n|---|--:|--:|---|\n\
            | start | 2 ms | 2.50 ms | **missed** |\n";
        assert_eq!(section().to_string(), expected);
    }

    #[test]
    fn programs_find_numbers_by_column() {
        let json = serde_json::to_value(section()).unwrap();
        let row = &json["tables"][0]["rows"][0];
        assert_eq!(row["bytes"], json!(1_261_168));
        assert_eq!(row["ms"]["median"], json!(2.0));
        assert_eq!(row["ratio"], json!(1.25));
        assert_eq!(json["targets"][0]["measured"], json!(2.5));
    }
}
