//! The table.

use std::time::Duration;

use crate::cold_start::Sample;

/// A line of the table.
pub(crate) struct Row {
    name: &'static str,
    bytes: u64,
    median: Duration,
    fastest: Duration,
    cpu: Duration,
    /// In KiB.
    peak_memory: u64,
    connections: usize,
}

impl Row {
    /// Of at least one sample.
    pub(crate) fn new(name: &'static str, bytes: u64, samples: &[Sample]) -> Self {
        let durations = || samples.iter().map(|sample| sample.duration);
        Self {
            name,
            bytes,
            median: median(durations().collect()),
            fastest: durations().min().unwrap_or_default(),
            cpu: median(samples.iter().map(|sample| sample.cpu).collect()),
            peak_memory: median(samples.iter().map(|sample| sample.peak_memory).collect()),
            connections: median(samples.iter().map(|sample| sample.connections).collect()),
        }
    }
}

/// All rows in Markdown, the ratios to the first one's. Of the durations the shortest are compared:
/// what else the machine does can only make them longer.
pub(crate) fn table(rows: &[Row]) -> String {
    let mut table = String::from(
        "| function | bytes | MB | cold start, median | min | min to hello | CPU | to hello \
         | peak memory | TLS connections |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    for row in rows {
        table.push_str(&line(row, &rows[0]));
    }
    table
}

fn line(row: &Row, hello: &Row) -> String {
    let ratio = |one: Duration, other: Duration| one.as_secs_f64() / other.as_secs_f64();
    format!(
        "| {} | {} | {:.2} | {:.1} ms | {:.1} ms | {:.1} | {:.1} ms | {:.1} | {:.1} MB | {} |\n",
        row.name,
        row.bytes,
        row.bytes as f64 / 1e6,
        milliseconds(row.median),
        milliseconds(row.fastest),
        ratio(row.fastest, hello.fastest),
        milliseconds(row.cpu),
        ratio(row.cpu, hello.cpu),
        row.peak_memory as f64 * 1024.0 / 1e6,
        row.connections,
    )
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// Of an even number, the lower one of the two in the middle.
fn median<T: Ord + Copy + Default>(mut values: Vec<T>) -> T {
    values.sort_unstable();
    let middle = values.len().saturating_sub(1) / 2;
    values.get(middle).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(milliseconds: u64) -> Sample {
        Sample {
            duration: Duration::from_millis(milliseconds),
            cpu: Duration::from_millis(2),
            peak_memory: 5000,
            connections: 1,
        }
    }

    #[test]
    fn the_median_is_one_of_the_values() {
        assert_eq!(median(vec![9, 1, 5]), 5);
        assert_eq!(median(vec![9, 1, 5, 7]), 5);
        assert_eq!(median(vec![3]), 3);
    }

    #[test]
    fn a_row_is_compared_with_the_first() {
        let hello = Row::new("hello", 1_600_000, &[sample(4)]);
        let other = Row::new("other", 5_040_000, &[sample(9), sample(8), sample(50)]);
        let expected =
            "| other | 5040000 | 5.04 | 9.0 ms | 8.0 ms | 2.0 | 2.0 ms | 1.0 | 5.1 MB | 1 |";
        assert_eq!(table(&[hello, other]).lines().last(), Some(expected));
    }
}
