//! The alarms of `template.yaml`, evaluated as the Amazon CloudWatch User Guide says in *Using
//! Amazon CloudWatch alarms*, *Alarm evaluation window* and *Configuring how CloudWatch alarms treat
//! missing data*. No property is ignored that could change when an alarm goes off.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use serde_yaml_ng::Value;

use super::{
    expression::{Expression, Values},
    load::STACK,
};
use crate::template::{Template, written};

/// A metric of CloudWatch. A dimension is written as in `template.yaml`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct MetricId {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) dimension: Option<String>,
}

/// The values of all metrics, by the minute in which they were told.
#[derive(Clone, Debug, Default)]
pub(crate) struct Metrics(BTreeMap<MetricId, BTreeMap<u64, Vec<f64>>>);

/// An alarm of the template.
#[derive(Debug)]
pub(crate) struct Alarm {
    pub(crate) id: String,
    threshold: f64,
    /// The length of a period, in minutes.
    period: u64,
    evaluation_periods: usize,
    /// What is compared with the threshold: a metric's id here, or a rule for several.
    rule: Expression,
    metrics: BTreeMap<String, Metric>,
}

#[derive(Debug)]
struct Metric {
    id: MetricId,
    statistic: Statistic,
}

#[derive(Clone, Copy, Debug)]
enum Statistic {
    Sum,
    Maximum,
}

/// The properties that an alarm may have.
const PROPERTIES: [&str; 14] = [
    "AlarmActions",
    "AlarmDescription",
    "AlarmName",
    "ComparisonOperator",
    "Dimensions",
    "EvaluationPeriods",
    "MetricName",
    "Metrics",
    "Namespace",
    "OKActions",
    "Period",
    "Statistic",
    "Threshold",
    "TreatMissingData",
];

/// The number of periods before those of the evaluation in which CloudWatch looks for data in place
/// of what is missing. The documentation has an example with two, and says that the number varies.
const EXTRA_PERIODS: usize = 2;

impl Metrics {
    pub(crate) fn add(&mut self, metric: MetricId, minute: u64, value: f64) {
        self.0.entry(metric).or_default().entry(minute).or_default().push(value);
    }

    fn value(&self, metric: &Metric, minutes: Range<u64>) -> Option<f64> {
        let told = self.0.get(&metric.id)?.range(minutes);
        let told = told.flat_map(|(_, values)| values).copied();
        told.reduce(match metric.statistic {
            Statistic::Sum => |a, b| a + b,
            Statistic::Maximum => f64::max,
        })
    }
}

impl Alarm {
    /// Reads all alarms.
    pub(crate) fn all() -> Vec<Self> {
        let template = Template::read();
        let resources = template.0["Resources"].as_mapping().unwrap().iter();
        let alarms = resources.filter(|(_, it)| it["Type"] == "AWS::CloudWatch::Alarm");
        alarms.map(|(id, it)| Self::read(id.as_str().unwrap(), &it["Properties"])).collect()
    }

    fn read(id: &str, properties: &Value) -> Self {
        let names = members(properties);
        for name in &names {
            assert!(PROPERTIES.contains(&name.as_str()), "{id}: {name} is not known here");
        }
        assert_eq!(properties["ComparisonOperator"], "GreaterThanOrEqualToThreshold", "{id}");
        assert_eq!(properties["TreatMissingData"], "notBreaching", "{id}");
        let (rule, metrics, period) = match properties["Metrics"].as_sequence() {
            Some(parts) => Self::read_rule(parts),
            None => {
                let metric = Metric::read(properties, &properties["Statistic"]);
                let metrics = BTreeMap::from([("metric".to_owned(), metric)]);
                ("metric".to_owned(), metrics, &properties["Period"])
            }
        };
        let seconds = period.as_u64().unwrap();
        assert_eq!(seconds % 60, 0, "{id}");
        Self {
            id: id.to_owned(),
            threshold: properties["Threshold"].as_f64().unwrap(),
            period: seconds / 60,
            evaluation_periods: properties["EvaluationPeriods"].as_u64().unwrap() as usize,
            rule: Expression::read(&rule),
            metrics,
        }
    }

    /// Reads one expression and the metrics that it names, which have the same period.
    fn read_rule(parts: &[Value]) -> (String, BTreeMap<String, Metric>, &Value) {
        let (rules, metrics): (Vec<_>, Vec<_>) =
            parts.iter().partition(|part| part["Expression"].is_string());
        let [rule] = rules[..] else { panic!("several rules: {rules:?}") };
        assert_eq!(members(rule), members_of(["Expression", "Id", "ReturnData"]));
        assert_eq!(rule["ReturnData"], true);
        let period = &metrics[0]["MetricStat"]["Period"];
        let read = |part: &&Value| {
            assert_eq!(members(part), members_of(["Id", "MetricStat", "ReturnData"]));
            assert_eq!(part["ReturnData"], false);
            let stat = &part["MetricStat"];
            assert_eq!(members(stat), members_of(["Metric", "Period", "Stat"]));
            assert_eq!(stat["Period"], *period);
            let metric = Metric::read(&stat["Metric"], &stat["Stat"]);
            (part["Id"].as_str().unwrap().to_owned(), metric)
        };
        let expression = rule["Expression"].as_str().unwrap().to_owned();
        (expression, metrics.iter().map(read).collect(), period)
    }

    /// Returns the metric of this name that the alarm looks at.
    pub(crate) fn metric(&self, name: &str) -> MetricId {
        let mut metrics = self.metrics.values().map(|metric| &metric.id);
        metrics.find(|id| id.name == name).unwrap_or_else(|| panic!("{name}")).clone()
    }

    /// Returns the minutes in which the alarm goes off. It is evaluated at the end of each minute,
    /// for periods that end there.
    pub(crate) fn goes_off(&self, metrics: &Metrics, minutes: Range<u64>) -> Vec<u64> {
        let mut is_on = false;
        let mut gone_off = Vec::new();
        for minute in minutes {
            let was_on = is_on;
            is_on = self.is_on_after(metrics, minute).unwrap_or(was_on);
            if is_on && !was_on {
                gone_off.push(minute);
            }
        }
        gone_off
    }

    /// Returns whether the alarm is on at the end of the minute; `None` if it stays as it is.
    fn is_on_after(&self, metrics: &Metrics, minute: u64) -> Option<bool> {
        let number = self.evaluation_periods;
        let recent = (0..number + EXTRA_PERIODS).filter_map(|back| {
            let end = (minute + 1).checked_sub(back as u64 * self.period)?;
            self.point(metrics, end.saturating_sub(self.period)..end)
        });
        // With enough data in the wider range, what is missing does not matter. With less, it counts
        // as below the threshold, so that not all of the periods are above it.
        let recent: Vec<_> = recent.take(number).collect();
        if recent.is_empty() && self.is_of_dynamodb() {
            return None;
        }
        Some(recent.len() == number && recent.iter().all(|value| *value >= self.threshold))
    }

    /// Returns the value that is compared with the threshold.
    fn point(&self, metrics: &Metrics, minutes: Range<u64>) -> Option<f64> {
        let value = |metric: &Metric| metrics.value(metric, minutes.clone());
        let values: Values =
            self.metrics.iter().map(|(id, metric)| (id.clone(), value(metric))).collect();
        self.rule.evaluate(&values)
    }

    /// Returns whether missing data leaves the alarm as it is, whatever the template says
    /// (`TreatMissingData` in the reference of `PutMetricAlarm`).
    fn is_of_dynamodb(&self) -> bool {
        self.metrics.values().any(|metric| metric.id.namespace == "AWS/DynamoDB")
    }
}

impl Metric {
    fn read(metric: &Value, statistic: &Value) -> Self {
        let namespace = match &metric["Namespace"] {
            Value::String(namespace) => namespace.clone(),
            reference => {
                assert_eq!(written(reference), "!Ref AWS::StackName");
                STACK.to_owned()
            }
        };
        let dimension = match metric["Dimensions"].as_sequence().map(Vec::as_slice) {
            None => None,
            Some([dimension]) => Some(written(&dimension["Value"])),
            Some(several) => panic!("{several:?}"),
        };
        let statistic = match statistic.as_str().unwrap() {
            "Sum" => Statistic::Sum,
            "Maximum" => Statistic::Maximum,
            unknown => panic!("{unknown}"),
        };
        let name = metric["MetricName"].as_str().unwrap().to_owned();
        Self { id: MetricId { namespace, name, dimension }, statistic }
    }
}

fn members(value: &Value) -> BTreeSet<String> {
    let mapping = value.as_mapping().unwrap();
    mapping.keys().map(|name| name.as_str().unwrap().to_owned()).collect()
}

fn members_of<const N: usize>(names: [&str; N]) -> BTreeSet<String> {
    names.map(str::to_owned).into()
}
