//! Tests that the alarms, the dashboard and the saved queries speak of what there is.

use std::{collections::BTreeSet, fs, path::Path};

use regex::Regex;
use serde_yaml_ng::Value;

use crate::template::Template;

#[test]
fn every_alarm_has_a_line_in_the_runbook_and_no_other_has_one() {
    let line = Regex::new(r"(?m)^\| `([A-Za-z]+)` \| (?:5xx|\S+ )[^|]*\|[^|]+\|[^|]+\|$").unwrap();
    let runbook = file("docs/runbook.md");
    let (_, alarms) = runbook.split_once("## Alarms").unwrap();
    let alarms = alarms.split("\n## ").next().unwrap();
    let described: BTreeSet<_> =
        line.captures_iter(alarms).map(|found| found[1].to_owned()).collect();
    let made: BTreeSet<_> = resources("AWS::CloudWatch::Alarm").map(|(id, _)| id).collect();
    assert_eq!(described, made);
    assert!(made.len() > 10, "{made:?}");
}

#[test]
fn alarms_tell_somebody_and_are_not_raised_by_silence() {
    for (id, alarm) in resources("AWS::CloudWatch::Alarm") {
        let properties = &alarm["Properties"];
        assert_eq!(properties["TreatMissingData"], "notBreaching", "{id}");
        for actions in ["AlarmActions", "OKActions"] {
            assert!(format!("{:?}", properties[actions]).contains("Alarms"), "{id}");
        }
        assert!(alarm["Condition"].is_string(), "{id}");
    }
}

/// A misspelt metric would be an alarm that never goes off.
#[test]
fn our_own_metrics_are_ones_that_functions_count() {
    let quoted = Regex::new("\"([A-Za-z]+)\"").unwrap();
    let names = file("shared/core/src/metrics/names.rs");
    let counted: BTreeSet<_> =
        quoted.captures_iter(&names).map(|name| name[1].to_owned()).collect();
    let mut used = BTreeSet::new();
    for (_, alarm) in resources("AWS::CloudWatch::Alarm") {
        let properties = &alarm["Properties"];
        used.extend(own_metric(properties));
        for metric in properties["Metrics"].as_sequence().into_iter().flatten() {
            used.extend(own_metric(&metric["MetricStat"]["Metric"]));
        }
    }
    let text = file("template.yaml");
    let on_dashboard = Regex::new(r#"\["\$\{AWS::StackName\}", "([A-Za-z]+)"\]"#).unwrap();
    used.extend(on_dashboard.captures_iter(&text).map(|name| name[1].to_owned()));
    let in_queries = Regex::new(r"sum\(([A-Za-z]+)\)").unwrap();
    used.extend(in_queries.captures_iter(&text).map(|name| name[1].to_owned()));
    assert!(used.is_subset(&counted), "{:?}", used.difference(&counted));
    assert!(used.len() > 20, "{used:?}");
}

#[test]
fn saved_queries_look_into_the_logs_of_all_functions() {
    let all: BTreeSet<_> = Template::read()
        .functions()
        .map(|function| format!("{}Logs", function.logical_id()))
        .collect();
    let mut count = 0;
    for (id, query) in resources("AWS::Logs::QueryDefinition") {
        let groups = query["Properties"]["LogGroupNames"].as_sequence().unwrap();
        let groups: BTreeSet<_> = groups.iter().map(reference).collect();
        assert_eq!(groups, all, "{id}");
        count += 1;
    }
    assert_eq!(count, 7);
}

#[test]
fn a_canary_is_watched_by_alarms_that_exist() {
    let canary = &template()["Globals"]["Function"]["DeploymentPreference"];
    let watched: BTreeSet<_> =
        canary["Alarms"].as_sequence().unwrap().iter().map(reference).collect();
    let named: BTreeSet<_> = resources("AWS::CloudWatch::Alarm")
        .filter_map(|(_, alarm)| alarm["Properties"].get("AlarmName").map(reference))
        .collect();
    assert_eq!(watched, named);
    assert_eq!(watched.len(), 3);
}

/// Requests go to the version that an alias points to, and a deployment moves it only together
/// with another `Release`: one function without it would keep its old code and its old keys.
#[test]
fn every_function_publishes_a_version_in_each_release() {
    let template = template();
    assert_eq!(template["Globals"]["Function"]["AutoPublishAlias"], "live");
    for (id, function) in resources("AWS::Serverless::Function") {
        assert_eq!(reference(&function["Properties"]["AutoPublishCodeSha256"]), "Release", "{id}");
    }
    assert!(template["Parameters"]["Release"].get("Default").is_none());
}

/// Returns the name of the metric, if it is one of ours: those are under the stack's name.
fn own_metric(metric: &Value) -> Option<String> {
    let Value::Tagged(namespace) = &metric["Namespace"] else { return None };
    assert_eq!(namespace.value, "AWS::StackName");
    metric["MetricName"].as_str().map(str::to_owned)
}

fn reference(value: &Value) -> String {
    let Value::Tagged(tagged) = value else { panic!("{value:?}") };
    tagged.value.as_str().unwrap().to_owned()
}

fn resources(kind: &'static str) -> impl Iterator<Item = (String, Value)> {
    let resources = template()["Resources"].as_mapping().unwrap().clone();
    let of_kind = resources.into_iter().filter(move |(_, resource)| resource["Type"] == kind);
    of_kind.map(|(id, resource)| (id.as_str().unwrap().to_owned(), resource))
}

fn template() -> Value {
    serde_yaml_ng::from_str(&file("template.yaml")).unwrap()
}

fn file(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(name)).unwrap()
}
