//! Tests that the procedures of `docs/runbook.md` are whole, and speak of what there is.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use loop_testkit::runbook::{Procedure, shared_blocks};
use regex::Regex;
use serde_yaml_ng::Value;

use crate::{
    documents::is_test,
    template::{Template, root},
};

#[test]
fn every_procedure_says_when_how_and_what_follows_and_names_tests_that_exist() {
    let procedures = Procedure::all();
    for procedure in &procedures {
        let title = &procedure.title;
        for part in ["**When**", "\n1. ", "**Users notice**", "**It is done**"] {
            assert!(procedure.text.contains(part), "{title}: {part}");
        }
        let tests = procedure.tests();
        assert!(!tests.is_empty(), "{title}: no test is named");
        for (path, name) in tests {
            assert!(is_test(path, name), "{title}: {path}::{name}");
        }
    }
    assert!(!procedures.is_empty());
}

/// A name of the template that is misspelt in a command would be found when it is needed most.
#[test]
fn commands_name_resources_outputs_and_settings_of_the_template() {
    let template: Value = yaml("template.yaml");
    let functions = Template::read();
    let settings: BTreeMap<_, BTreeSet<_>> = functions
        .functions()
        .map(|it| (it.logical_id().to_owned(), it.variables().into_keys().collect()))
        .collect();
    let commands = commands();
    for [name] in found(r#"\boutput ([A-Z][A-Za-z]+)"#, &commands) {
        assert!(has(&template["Outputs"], &name), "there is no output {name}");
    }
    for [name] in found(r"\b(?:resource|--logical-resource-id) ([A-Z][A-Za-z]+)", &commands) {
        assert!(has(&template["Resources"], &name), "there is no resource {name}");
    }
    for [function, setting] in found(r"\bkey_ids ([A-Za-z]+) ([A-Z_]+)", &commands) {
        assert!(settings[&function].contains(&setting), "{function} has no {setting}");
    }
}

#[test]
fn parameters_and_saved_queries_are_those_of_the_templates() {
    let [stack, front] = ["template.yaml", "tools/front/web-acl.yaml"].map(yaml);
    let text: String = Procedure::all().into_iter().map(|procedure| procedure.text).collect();
    for [name] in found("`([A-Z][A-Za-z]+)` = ", &text) {
        assert!(has(&stack["Parameters"], &name), "there is no parameter {name}");
    }
    for [name] in found(r"\b([A-Z][A-Za-z]+PerAddress)\b", &text) {
        assert!(has(&front["Parameters"], &name), "the firewall has no parameter {name}");
    }
    let queries = stack["Resources"].as_mapping().unwrap().values();
    let queries: Vec<_> = queries
        .filter(|resource| resource["Type"] == "AWS::Logs::QueryDefinition")
        .map(|query| format!("{:?}", query["Properties"]["Name"]))
        .collect();
    for [name] in found("saved query `([^`]+)`", &text) {
        let is_there = queries.iter().any(|query| query.contains(&format!("/{name}\"")));
        assert!(is_there, "there is no saved query {name}: {queries:?}");
    }
}

/// Returns all commands of all procedures.
fn commands() -> String {
    let of_procedures = Procedure::all().into_iter().flat_map(|procedure| procedure.blocks());
    shared_blocks().into_iter().chain(of_procedures).collect::<Vec<_>>().join("\n")
}

/// Returns the groups of all matches.
fn found<const GROUPS: usize>(pattern: &str, text: &str) -> Vec<[String; GROUPS]> {
    let pattern = Regex::new(pattern).unwrap();
    let captures = pattern.captures_iter(text);
    captures.map(|found| found.extract().1.map(str::to_owned)).collect()
}

fn has(mapping: &Value, name: &str) -> bool {
    mapping.get(name).is_some()
}

fn yaml(path: &str) -> Value {
    serde_yaml_ng::from_str(&fs::read_to_string(root().join(path)).unwrap()).unwrap()
}
