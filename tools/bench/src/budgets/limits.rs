//! Limits, and what exceeds them. Knows nothing of how anything is measured.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde::{Deserialize, Serialize};

/// What is limited: `binary bytes, aarch64`, say, of `place-call`.
pub(crate) type Key = (String, String);

/// What was measured, or how much of it is allowed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Amount {
    /// At most so many.
    Count(u64),
    /// None but these.
    Names(BTreeSet<String>),
}

/// By what it is, and of what: as they stand in `budgets.json`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Limits(BTreeMap<String, BTreeMap<String, Amount>>);

/// Something that was measured does not keep to its limit.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Excess {
    /// More than allowed.
    More { of: Key, measured: u64, limit: u64 },
    /// Names that are not among those allowed.
    New { of: Key, names: Vec<String> },
    /// There is no limit for it.
    Unlimited { of: Key },
}

impl Limits {
    /// What of `measured` exceeds them.
    pub(crate) fn excesses(&self, measured: &Measured) -> Vec<Excess> {
        measured.0.iter().filter_map(|(of, amount)| self.excess(of, amount)).collect()
    }

    fn excess(&self, of: &Key, measured: &Amount) -> Option<Excess> {
        let of = of.clone();
        let limit = self.0.get(&of.0).and_then(|group| group.get(&of.1));
        match (limit, measured) {
            (Some(Amount::Count(limit)), Amount::Count(measured)) => (measured > limit)
                .then_some(Excess::More { of, measured: *measured, limit: *limit }),
            (Some(Amount::Names(allowed)), Amount::Names(measured)) => {
                let names: Vec<_> = measured.difference(allowed).cloned().collect();
                (!names.is_empty()).then_some(Excess::New { of, names })
            }
            _ => Some(Excess::Unlimited { of }),
        }
    }

    /// Allows what was measured, and a little more of what is never quite the same.
    pub(crate) fn accept(&mut self, measured: &Measured) {
        for ((group, name), amount) in &measured.0 {
            let allowed = match amount {
                Amount::Count(count) => Amount::Count(with_margin(group, *count)),
                names => names.clone(),
            };
            self.0.entry(group.clone()).or_default().insert(name.clone(), allowed);
        }
    }
}

/// All that was measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Measured(BTreeMap<Key, Amount>);

impl Measured {
    pub(crate) fn count(&mut self, group: &str, name: &str, count: u64) {
        self.0.insert((group.to_owned(), name.to_owned()), Amount::Count(count));
    }

    pub(crate) fn names(&mut self, group: &str, name: &str, names: BTreeSet<String>) {
        self.0.insert((group.to_owned(), name.to_owned()), Amount::Names(names));
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

/// Two in a hundred of instructions, which hash seeds and the time change; one of bytes, which the
/// compiler's version does; nothing of what is counted exactly.
fn with_margin(group: &str, count: u64) -> u64 {
    let percent = match group {
        group if group.starts_with("instructions") => 102,
        group if group.starts_with("bytes") => 101,
        _ => return count,
    };
    // Even, so that the next acceptance changes no line that did not have to change.
    (count * percent / 100).next_multiple_of(100)
}

impl fmt::Display for Excess {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::More { of: (group, name), measured, limit } => {
                let percent = (*measured as f64 / *limit as f64 - 1.0) * 100.0;
                write!(out, "{group} of {name}: {measured}, at most {limit} (+{percent:.1} %)")
            }
            Self::New { of: (group, name), names } => {
                write!(out, "{group} of {name}: new are {}", names.join(", "))
            }
            Self::Unlimited { of: (group, name) } => write!(out, "{group} of {name}: no limit yet"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(bytes: u64, crates: &[&str]) -> Measured {
        let mut measured = Measured::default();
        measured.count("bytes, aarch64", "place-call", bytes);
        let crates = crates.iter().map(|name| (*name).to_owned()).collect();
        measured.names("crates", "place-call", crates);
        measured
    }

    fn limits() -> Limits {
        let mut limits = Limits::default();
        limits.accept(&measured(4_500_000, &["ring", "tokio"]));
        limits
    }

    #[test]
    fn what_was_accepted_keeps_to_its_limits_and_so_does_less() {
        assert!(limits().excesses(&measured(4_500_000, &["ring", "tokio"])).is_empty());
        assert!(limits().excesses(&measured(4_545_000, &["ring"])).is_empty());
    }

    #[test]
    fn what_has_grown_is_named() {
        let said = |measured| {
            limits().excesses(&measured).iter().map(Excess::to_string).collect::<Vec<_>>()
        };
        assert_eq!(
            said(measured(4_590_000, &["ring", "openssl"])),
            [
                "bytes, aarch64 of place-call: 4590000, at most 4545000 (+1.0 %)",
                "crates of place-call: new are openssl"
            ]
        );
        let mut other = Measured::default();
        other.count("bytes, aarch64", "another", 1);
        assert_eq!(said(other), ["bytes, aarch64 of another: no limit yet"]);
    }

    #[test]
    fn what_is_exact_has_no_margin() {
        let mut measured = Measured::default();
        measured.count("DynamoDB requests", "place-call", 2);
        let mut limits = Limits::default();
        limits.accept(&measured);
        measured.count("DynamoDB requests", "place-call", 3);
        assert_eq!(limits.excesses(&measured).len(), 1);
    }

    #[test]
    fn limits_are_read_back() {
        let text = serde_json::to_string(&limits()).unwrap();
        assert_eq!(serde_json::from_str::<Limits>(&text).unwrap(), limits());
    }
}
