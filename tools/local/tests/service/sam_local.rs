//! Tests that the functions start under `sam local` as `samconfig.toml` and `events/` set it up: the
//! SAM CLI gives a function the variables that the template declares, with the values that the
//! environment files have for them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use local::{database::TABLE, functions::Functions};
use loop_core::{CallToken, Clock, KeyRing, ParticipantToken, SessionToken, Settings};
use loop_lambda::{LogFormat, Logger};
use loop_testkit::TEST_KEY_RING;
use regex::Regex;
use serde_json::Value;

use crate::template::Template;

const FILES: [&str; 2] = ["events/env.json", "events/env-api.json"];

/// The variables that the SAM CLI sets for every function.
const OF_SAM: [(&str, &str); 3] = [
    ("AWS_REGION", "us-east-1"),
    ("AWS_ACCESS_KEY_ID", "defaultkey"),
    ("AWS_SECRET_ACCESS_KEY", "defaultsecret"),
];

#[test]
fn every_function_starts_with_each_environment_file() {
    for file in FILES {
        let values = values(file);
        let sam = |name: &str| {
            OF_SAM.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        let mut settings = Settings::new(|name| values.get(name).cloned().or_else(|| sam(name)));
        let logger = Logger::new(LogFormat::Text, std::io::sink());
        let functions = Functions::from_settings(&mut settings, &Clock::system(), &logger);
        settings.finish(functions).unwrap_or_else(|faults| panic!("{file}: {faults}"));
        assert_eq!(values["LOOP_TABLE"], TABLE);
        // The tokens in the events are made with the keys of this ring.
        let ring: KeyRing = TEST_KEY_RING.parse().unwrap();
        assert_eq!(values["LOOP_CALL_URL_KEYS"], ring.derived_text::<CallToken>());
        assert_eq!(values["LOOP_PARTICIPANT_KEYS"], ring.derived_text::<ParticipantToken>());
        assert_eq!(values["LOOP_SESSION_KEYS"], ring.derived_text::<SessionToken>());
    }
}

/// What the SAM CLI can't work out it hands on as it is written: references to resources, dynamic
/// references, and conditions. What the template does not declare it does not hand on at all.
#[test]
fn the_environment_files_replace_what_only_a_stack_has_and_nothing_else() {
    let template = Template::read();
    let (mut declared, mut of_stack) = (BTreeSet::new(), BTreeSet::new());
    for function in template.functions() {
        for (name, value) in function.variables() {
            let written = format!("{value:?}");
            if template.is_of_stack(value) && !written.contains("AWS::NoValue") {
                of_stack.insert(name.clone());
            }
            declared.insert(name);
        }
    }
    declared.extend(template.common_variables());
    for file in FILES {
        let set: BTreeSet<_> = values(file).into_keys().collect();
        let missing: Vec<_> = of_stack.difference(&set).collect();
        assert!(missing.is_empty(), "{file} lacks {missing:?}");
        let unknown: Vec<_> = set.difference(&declared).collect();
        assert!(unknown.is_empty(), "{file}: no function declares {unknown:?}");
    }
}

/// The events are of a browser at `loop.example.org`, while the local API makes links to itself.
#[test]
fn the_two_environment_files_differ_in_the_public_url_alone() {
    let [mut events, mut api] = FILES.map(values);
    let url = |values: &mut BTreeMap<_, _>| values.remove("LOOP_PUBLIC_URL").unwrap();
    assert_eq!(url(&mut events), "https://loop.example.org");
    assert_eq!(url(&mut api), "http://localhost:3000");
    assert_eq!(events, api);
}

/// Containers know this machine by a name that the SAM CLI has to give them, and the database
/// listens on the port that it takes by itself.
#[test]
fn the_sam_cli_needs_no_option() {
    let samconfig = fs::read_to_string(root().join("samconfig.toml")).unwrap();
    for (command, file) in [("local_invoke", FILES[0]), ("local_start_api", FILES[1])] {
        let section = format!("[default.{command}.parameters]\n");
        let section = samconfig.split_once(&section).unwrap_or_else(|| panic!("{section}")).1;
        let section = section.split("\n[").next().unwrap();
        assert!(section.contains(&format!("env_vars = \"{file}\"\n")), "{section}");
        assert!(
            section.contains("add_host = [\"host.docker.internal:host-gateway\"]"),
            "{section}"
        );
    }
    let source = fs::read_to_string(root().join("tools/local/src/command_line/dynamodb.rs"));
    let port = Regex::new("long, default_value_t = ([0-9]+)").unwrap();
    let port = port.captures(&source.unwrap()).unwrap()[1].to_owned();
    let endpoint = format!("http://host.docker.internal:{port}");
    assert_eq!(values(FILES[0])["AWS_ENDPOINT_URL"], endpoint);
}

/// Returns the variables that the file has for all functions. It has none for single ones.
fn values(file: &str) -> BTreeMap<String, String> {
    let text = fs::read_to_string(root().join(file)).unwrap();
    let file: BTreeMap<String, BTreeMap<String, Value>> = serde_json::from_str(&text).unwrap();
    assert_eq!(file.keys().collect::<Vec<_>>(), ["Parameters"]);
    let values = file["Parameters"].iter();
    values.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
