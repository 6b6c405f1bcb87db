//! The Embedded Metric Format of CloudWatch: members of a log line from which CloudWatch makes
//! metrics by itself, so that no function has to call it.
//!
//! The specification is *Specification: Embedded metric format* in the Amazon CloudWatch User
//! Guide. The push service is part of a metric's name and no dimension, since a dimension has one
//! value in a line, and a line may tell of several services. So the set of dimensions is empty,
//! which the specification allows.

use serde_json::{Map, Value, json};

use super::Metrics;
use crate::{Reason, UnixMillis};

/// The longest namespace, by the schema in the specification.
const NAMESPACE_MAX_BYTES: usize = 255;

/// The namespace in CloudWatch that metrics are filed under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricNamespace(String);

impl MetricNamespace {
    /// Reads a namespace: at most 255 letters, digits and `.-_/#:`, as the API reference of
    /// `PutMetricData` has it. `AWS/` is for the services of AWS.
    ///
    /// # Errors
    /// It is another text.
    pub fn parse(text: &str) -> Result<Self, Reason> {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".-_/#:".contains(&byte);
        if text.len() > NAMESPACE_MAX_BYTES || !text.bytes().all(is_allowed) {
            return Err("must be at most 255 letters, digits and .-_/#:".into());
        }
        if text.starts_with("AWS/") {
            return Err("must not begin with AWS/, which is for AWS itself".into());
        }
        Ok(Self(text.to_owned()))
    }
}

impl Metrics {
    /// Adds the metrics to a log line. A line without any is no document of the format.
    pub fn add_to(
        &self,
        line: &mut Map<String, Value>,
        namespace: &MetricNamespace,
        at: UnixMillis,
    ) {
        let mut definitions = Vec::new();
        for (name, count) in self.iter() {
            definitions.push(json!({ "Name": name }));
            line.insert(name.to_owned(), count.into());
        }
        if definitions.is_empty() {
            return;
        }
        let directive =
            json!({ "Namespace": namespace.0, "Dimensions": [[]], "Metrics": definitions });
        let metadata = json!({ "Timestamp": at.get(), "CloudWatchMetrics": [directive] });
        line.insert("_aws".to_owned(), metadata);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{Metric, PingResult, PushService};

    fn line(metrics: &[(Metric, u64)]) -> Value {
        let mut counted = Metrics::default();
        for (metric, number) in metrics {
            counted.add(*metric, *number);
        }
        let mut line = Map::new();
        line.insert("status".to_owned(), 200.into());
        let namespace = MetricNamespace::parse("loop-prod").unwrap();
        counted.add_to(&mut line, &namespace, UnixMillis::new(1_574_109_732_004));
        line.into()
    }

    #[test]
    fn vectors() {
        assert_eq!(line(&[]), json!({ "status": 200 }));
        assert_eq!(
            line(&[(Metric::ReadUnits, 3), (Metric::ColdStarts, 1)]),
            json!({
                "_aws": {
                    "Timestamp": 1_574_109_732_004_u64,
                    "CloudWatchMetrics": [{
                        "Namespace": "loop-prod",
                        "Dimensions": [[]],
                        "Metrics": [{ "Name": "ColdStarts" }, { "Name": "ReadUnits" }],
                    }],
                },
                "ColdStarts": 1,
                "ReadUnits": 3,
                "status": 200,
            }),
        );
    }

    /// The rules of the specification, for a line in which everything is counted.
    #[test]
    fn the_fullest_line_is_a_document_of_the_format() {
        let mut all = vec![(Metric::CallsPlaced, 1), (Metric::Junk, u64::MAX)];
        for service in [PushService::Mozilla, PushService::Google, PushService::Other] {
            all.push((Metric::Pings(service, PingResult::Gone), 7));
        }
        let line = line(&all);
        assert!(line.to_string().len() < 256 * 1024);
        let metadata = line["_aws"].as_object().unwrap();
        assert_eq!(metadata.keys().collect::<Vec<_>>(), ["CloudWatchMetrics", "Timestamp"]);
        assert!(metadata["Timestamp"].is_u64());
        let [directive] = &metadata["CloudWatchMetrics"].as_array().unwrap()[..] else { panic!() };
        let directive = directive.as_object().unwrap();
        assert_eq!(directive.keys().collect::<Vec<_>>(), ["Dimensions", "Metrics", "Namespace"]);
        assert_eq!(directive["Dimensions"], json!([[]]));
        let metrics = directive["Metrics"].as_array().unwrap();
        assert_eq!(metrics.len(), 2 + 1 + 3 * 3);
        assert!(metrics.len() <= 100);
        for metric in metrics {
            assert_eq!(metric.as_object().unwrap().len(), 1);
            // A target member is on the root, and a number.
            assert!(line[metric["Name"].as_str().unwrap()].is_u64(), "{metric}");
        }
    }

    #[test]
    fn a_namespace_is_one_that_cloudwatch_takes() {
        for good in ["loop-prod", "Loop/loop-prod", "a", &"a".repeat(255)] {
            assert!(MetricNamespace::parse(good).is_ok(), "{good}");
        }
        for wrong in ["AWS/Lambda", "a b", "a,b", "é", &"a".repeat(256)] {
            assert!(MetricNamespace::parse(wrong).is_err(), "{wrong}");
        }
    }
}
