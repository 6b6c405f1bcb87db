//! Limits, and counts that exceed them.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

/// Counts by the name of a function or operation, then by that of the quantity. `budgets.json` has
/// a row for each function or operation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Counts(BTreeMap<String, BTreeMap<String, u64>>);

/// A count that does not keep to its limit.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Excess {
    of: String,
    quantity: String,
    measured: u64,
    limit: Option<u64>,
}

impl Counts {
    pub(crate) fn set(&mut self, of: &str, quantity: &str, count: u64) {
        self.0.entry(of.to_owned()).or_default().insert(quantity.to_owned(), count);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.values().map(BTreeMap::len).sum()
    }

    /// Returns the counts of `measured` that exceed these limits.
    pub(crate) fn excesses(&self, measured: &Self) -> Vec<Excess> {
        let mut excesses = Vec::new();
        for (of, quantity, measured) in measured.iter() {
            let limit = self.0.get(of).and_then(|row| row.get(quantity)).copied();
            if limit.is_none_or(|limit| measured > limit) {
                let (of, quantity) = (of.to_owned(), quantity.to_owned());
                excesses.push(Excess { of, quantity, measured, limit });
            }
        }
        excesses
    }

    /// Makes the measured counts the limits, with a margin for quantities that vary.
    pub(crate) fn accept(&mut self, measured: &Self) {
        for (of, quantity, count) in measured.iter() {
            self.set(of, quantity, with_margin(quantity, count));
        }
    }

    /// Returns JSON with a line for each row.
    pub(crate) fn to_json(&self) -> Result<String, serde_json::Error> {
        let mut text = String::from("{");
        for (position, (of, row)) in self.0.iter().enumerate() {
            let separator = if position == 0 { "" } else { "," };
            let row = serde_json::to_string(row)?.replace(',', ", ").replace(':', ": ");
            text += &format!("{separator}\n  \"{of}\": {row}");
        }
        Ok(text + "\n}\n")
    }

    fn iter(&self) -> impl Iterator<Item = (&str, &str, u64)> {
        self.0.iter().flat_map(|(of, row)| {
            row.iter().map(|(quantity, count)| (of.as_str(), quantity.as_str(), *count))
        })
    }
}

/// Adds two percent to instructions, which vary with hash seeds and the time; one percent to bytes,
/// which vary with the compiler's version; and nothing to counts that are exact.
fn with_margin(quantity: &str, count: u64) -> u64 {
    let percent = match quantity.split(' ').next() {
        Some("instructions") => 102,
        Some("bytes") => 101,
        _ => return count,
    };
    // Limits are round, so that the next acceptance changes only lines that have to change.
    (count * percent / 100).next_multiple_of(100)
}

impl fmt::Display for Excess {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { of, quantity, measured, limit } = self;
        write!(out, "{of}: {measured} {quantity}, ")?;
        match limit {
            Some(limit) => {
                let percent = (*measured as f64 / *limit as f64 - 1.0) * 100.0;
                write!(out, "at most {limit} (+{percent:.1} %)")
            }
            None => {
                let limit = with_margin(quantity, *measured);
                write!(out, "without a limit: its row needs \"{quantity}\": {limit}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(bytes: u64, requests: u64) -> Counts {
        let mut measured = Counts::default();
        measured.set("place", "bytes on arm64", bytes);
        measured.set("place", "DynamoDB requests", requests);
        measured
    }

    fn limits() -> Counts {
        let mut limits = Counts::default();
        limits.accept(&measured(4_500_000, 2));
        limits
    }

    #[test]
    fn what_was_accepted_keeps_to_its_limits_and_so_does_less() {
        assert!(limits().excesses(&measured(4_500_000, 2)).is_empty());
        assert!(limits().excesses(&measured(4_545_000, 1)).is_empty());
    }

    #[test]
    fn what_has_grown_is_named() {
        let said = |measured| {
            limits().excesses(&measured).iter().map(Excess::to_string).collect::<Vec<_>>()
        };
        let expected = "place: 4590000 bytes on arm64, at most 4545000 (+1.0 %)";
        assert_eq!(said(measured(4_590_000, 2)), [expected]);
        let mut other = Counts::default();
        other.set("another", "bytes on arm64", 1);
        let expected =
            "another: 1 bytes on arm64, without a limit: its row needs \"bytes on arm64\": 100";
        assert_eq!(said(other), [expected]);
    }

    #[test]
    fn what_is_exact_has_no_margin() {
        assert_eq!(limits().excesses(&measured(4_500_000, 3)).len(), 1);
    }

    #[test]
    fn limits_are_read_back() {
        let text = limits().to_json().unwrap();
        assert_eq!(text.lines().count(), 3, "{text}");
        assert_eq!(serde_json::from_str::<Counts>(&text).unwrap(), limits());
    }

    #[test]
    fn the_file_is_as_it_would_be_written() {
        let text = include_str!("../../budgets.json");
        let limits: Counts = serde_json::from_str(text).unwrap();
        assert_eq!(limits.to_json().unwrap(), text);
    }
}
