//! The Embedded Metric Format as CloudWatch reads it, by *Specification: Embedded metric format* in
//! the Amazon CloudWatch User Guide. Where CloudWatch would ignore a line, this panics.

use serde_json::{Map, Value};

/// The values that one line gives to metrics.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sample {
    /// The time in milliseconds since 1970.
    pub(crate) at: u64,
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) value: f64,
}

/// The units that a metric may have.
const UNITS: [&str; 27] = [
    "Seconds",
    "Microseconds",
    "Milliseconds",
    "Bytes",
    "Kilobytes",
    "Megabytes",
    "Gigabytes",
    "Terabytes",
    "Bits",
    "Kilobits",
    "Megabits",
    "Gigabits",
    "Terabits",
    "Percent",
    "Count",
    "Bytes/Second",
    "Kilobytes/Second",
    "Megabytes/Second",
    "Gigabytes/Second",
    "Terabytes/Second",
    "Bits/Second",
    "Kilobits/Second",
    "Megabits/Second",
    "Gigabits/Second",
    "Terabits/Second",
    "Count/Second",
    "None",
];

/// The longest line, in bytes. Newer limits are higher.
const LINE_MAX_BYTES: usize = 256 * 1024;

/// Returns the values that a line of the log gives to metrics: none, if it has no metadata.
pub(crate) fn samples(line: &str) -> Vec<Sample> {
    assert!(line.len() <= LINE_MAX_BYTES, "{line}");
    let root: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}"));
    let root = root.as_object().unwrap_or_else(|| panic!("not an object: {line}"));
    let Some(metadata) = root.get("_aws") else { return Vec::new() };
    let metadata = members(metadata, &["CloudWatchMetrics", "Timestamp"], &[]);
    let at = metadata["Timestamp"].as_u64().unwrap_or_else(|| panic!("no time: {line}"));
    let directives = elements(&metadata["CloudWatchMetrics"]);
    directives.iter().flat_map(|directive| of_directive(root, directive, at)).collect()
}

fn of_directive(root: &Map<String, Value>, directive: &Value, at: u64) -> Vec<Sample> {
    let directive = members(directive, &["Dimensions", "Metrics", "Namespace"], &[]);
    let namespace = text(&directive["Namespace"], 1024);
    let sets = elements(&directive["Dimensions"]);
    assert!(!sets.is_empty(), "no set of dimensions, not even an empty one");
    for set in sets {
        // A dimension would need its member on the root, and the alarms would have to name it.
        assert!(elements(set).is_empty(), "{set}");
    }
    let metrics = elements(&directive["Metrics"]);
    assert!((1..=100).contains(&metrics.len()), "{} metrics", metrics.len());
    let mut samples: Vec<Sample> = Vec::new();
    for metric in metrics {
        let definition = members(metric, &["Name"], &["StorageResolution", "Unit"]);
        let name = text(&definition["Name"], 1024);
        if let Some(unit) = definition.get("Unit") {
            assert!(UNITS.contains(&unit.as_str().unwrap_or_default()), "{unit}");
        }
        if let Some(resolution) = definition.get("StorageResolution") {
            assert!(*resolution == 1 || *resolution == 60, "{resolution}");
        }
        assert!(samples.iter().all(|sample| sample.name != name), "{name} is named twice");
        let value = root.get(&name).unwrap_or_else(|| panic!("{name} is not on the root"));
        let value = value.as_f64().unwrap_or_else(|| panic!("{name} is no number: {value}"));
        samples.push(Sample { at, namespace: namespace.clone(), name, value });
    }
    samples
}

/// Returns an object that has all `required` members, perhaps `optional` ones, and no others.
fn members<'a>(value: &'a Value, required: &[&str], optional: &[&str]) -> &'a Map<String, Value> {
    let object = value.as_object().unwrap_or_else(|| panic!("not an object: {value}"));
    for name in required {
        assert!(object.contains_key(*name), "{name} is missing: {value}");
    }
    for name in object.keys().map(String::as_str) {
        assert!(required.contains(&name) || optional.contains(&name), "{name}: {value}");
    }
    object
}

fn elements(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("not an array: {value}"))
}

fn text(value: &Value, most: usize) -> String {
    let text = value.as_str().unwrap_or_else(|| panic!("not a text: {value}"));
    assert!((1..=most).contains(&text.len()), "{value}");
    text.to_owned()
}

#[test]
fn what_cloudwatch_would_ignore_is_noticed() {
    let line = |metadata: &str| format!(r#"{{"A":1,"b":"2","_aws":{metadata}}}"#);
    let directive =
        |text: &str| line(&format!(r#"{{"Timestamp":7,"CloudWatchMetrics":[{text}]}}"#));
    let good = directive(r#"{"Namespace":"n","Dimensions":[[]],"Metrics":[{"Name":"A"}]}"#);
    let expected = Sample { at: 7, namespace: "n".to_owned(), name: "A".to_owned(), value: 1.0 };
    assert_eq!(samples(&good), [expected]);
    assert_eq!(samples(r#"{"A":1}"#), []);
    for wrong in [
        "not JSON".to_owned(),
        "[]".to_owned(),
        line("{}"),
        line(r#"{"Timestamp":"7","CloudWatchMetrics":[]}"#),
        line(r#"{"Timestamp":7,"CloudWatchMetrics":[],"Other":1}"#),
        directive(r#"{"Namespace":"","Dimensions":[[]],"Metrics":[{"Name":"A"}]}"#),
        directive(r#"{"Namespace":"n","Dimensions":[],"Metrics":[{"Name":"A"}]}"#),
        directive(r#"{"Namespace":"n","Metrics":[{"Name":"A"}]}"#),
        directive(r#"{"Namespace":"n","Dimensions":[[]],"Metrics":[{"Name":"b"}]}"#),
        directive(r#"{"Namespace":"n","Dimensions":[[]],"Metrics":[{"Name":"c"}]}"#),
        directive(r#"{"Namespace":"n","Dimensions":[[]],"Metrics":[{"Name":"A","Unit":"s"}]}"#),
        directive(r#"{"Namespace":"n","Dimensions":[[]],"Metrics":[{"Name":"A"},{"Name":"A"}]}"#),
    ] {
        assert!(std::panic::catch_unwind(|| samples(&wrong)).is_err(), "{wrong}");
    }
}
