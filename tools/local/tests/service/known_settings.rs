//! Tests that there is one list of settings, and that code, template and documents agree with it.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use loop_core::Settings;
use serde_json::Value;

use crate::template::{ENDPOINTS, Template, asked_settings};

/// Variables of our tools, which no function reads.
const OF_TOOLS: [&str; 5] =
    ["LOOP_CHROMIUM", "LOOP_FIREFOX", "LOOP_LOCAL_SERVER", "LOOP_TESTKIT_FILE", "LOOP_TURNSERVER"];

#[test]
fn every_setting_that_a_function_reads_is_known_and_every_known_one_is_read() {
    let mut read: BTreeSet<String> = asked_settings().into_values().flatten().collect();
    read.retain(|name| !name.starts_with("AWS_"));
    // The edge of every function reads this setting.
    read.insert("LOG_FORMAT".to_owned());
    assert_eq!(read, Settings::KNOWN.iter().map(|name| (*name).to_owned()).collect());
}

#[test]
fn no_source_names_a_setting_that_is_not_known() {
    let mut count = 0;
    for directory in ["shared", "functions", "tools/local/src"] {
        for file in sources(&root().join(directory)) {
            let text = fs::read_to_string(&file).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap();
            for name in names_in(code) {
                assert!(is_known(&name), "{}: {name}", file.display());
                count += 1;
            }
        }
    }
    assert!(count > Settings::KNOWN.len(), "{count}");
}

#[test]
fn the_template_and_the_events_set_only_what_is_known() {
    let is_setting =
        |name: &String| Settings::KNOWN.contains(&name.as_str()) || ENDPOINTS.contains(&&**name);
    let template = Template::read();
    for function in template.functions() {
        for name in function.variables().keys() {
            assert!(is_setting(name), "{name}");
        }
    }
    let text = fs::read_to_string(root().join("events/env.json")).unwrap();
    let events: Value = serde_json::from_str(&text).unwrap();
    for (function, variables) in events.as_object().unwrap() {
        for name in variables.as_object().unwrap().keys() {
            assert!(is_setting(name), "{function}: {name}");
        }
    }
}

#[test]
fn the_readme_has_a_row_for_each_and_no_document_names_another() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let (_, table) = readme.split_once("## Settings").unwrap();
    let table = table.split("\n## ").next().unwrap();
    for name in Settings::KNOWN.iter().chain(&ENDPOINTS) {
        assert!(table.contains(&format!("`{name}`")), "README.md has no row for {name}");
    }
    let documents = fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let documents = documents.filter(|path| path.extension().is_some_and(|it| it == "md"));
    for document in documents.chain([root().join("README.md")]) {
        for name in names_in(&fs::read_to_string(&document).unwrap()) {
            assert!(is_known(&name), "{}: {name}", document.display());
        }
    }
}

fn is_known(name: &str) -> bool {
    Settings::KNOWN.contains(&name) || OF_TOOLS.contains(&name)
}

/// Returns the words of a text that look like names of our settings.
fn names_in(text: &str) -> impl Iterator<Item = String> {
    let words =
        text.split(|character: char| !character.is_ascii_alphanumeric() && character != '_');
    let prefixes = ["LOOP_", "LIVEKIT_", "OPENTOK_"];
    let names = words.filter(move |word| {
        prefixes.iter().any(|prefix| word.len() > prefix.len() && word.starts_with(prefix))
    });
    names.map(str::to_owned)
}

fn sources(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let files = entries.flat_map(|path| match path.is_dir() {
        true if path.ends_with("tests") => vec![],
        true => sources(&path),
        false => vec![path],
    });
    files.filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
