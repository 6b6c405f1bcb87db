//! The metrics that there are, and counts of them.

use std::{collections::BTreeMap, fs};

use regex::Regex;

use crate::template::root;

/// Counts by the metric's name. What was not counted is not there.
pub(super) type Counts = BTreeMap<String, u64>;

/// Returns the names of all metrics of the functions.
pub(super) fn metric_names() -> Vec<String> {
    let source = fs::read_to_string(root().join("shared/core/src/metrics/names.rs")).unwrap();
    let quoted = Regex::new("\"([A-Za-z]+)\"").unwrap();
    let names: Vec<_> = quoted.captures_iter(&source).map(|name| name[1].to_owned()).collect();
    assert_eq!(names.len(), 30);
    names
}
