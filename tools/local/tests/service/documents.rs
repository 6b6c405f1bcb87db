//! Tests that the documents name files and tests that exist.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use crate::{dependencies::workspace, template::Template};

#[test]
fn every_relative_link_leads_somewhere() {
    let root = root();
    let mut documents = vec![
        root.join("CHANGELOG.md"),
        root.join("CONTRIBUTING.md"),
        root.join("README.md"),
        root.join("SECURITY.md"),
        root.join("events/README.md"),
    ];
    documents.extend(markdown_files(&root.join("docs")));
    assert!(documents.len() > 5, "{documents:?}");
    for document in documents {
        let text = fs::read_to_string(&document).unwrap();
        for link in relative_links(&text) {
            let target = document.parent().unwrap().join(link);
            assert!(target.exists(), "{}: {link}", document.display());
        }
    }
}

/// Each row of `docs/security.md` and `docs/reliability.md` names at least one test, as
/// `path::function` or, in the browser tests, `path::title`.
#[test]
fn every_threat_and_every_fault_names_tests_that_exist() {
    for (document, rows) in [("security.md", 40), ("reliability.md", 30)] {
        let text = fs::read_to_string(root().join("docs").join(document)).unwrap();
        let mut named = 0;
        for row in table_rows(&text) {
            let tests: Vec<_> = code(row).filter_map(|code| code.split_once("::")).collect();
            let tests: Vec<_> = tests.into_iter().filter(|(path, _)| path.contains('/')).collect();
            assert!(!tests.is_empty(), "{document}: no test is named: {row}");
            for (path, name) in tests {
                assert!(is_test(path, name), "{document}: {path}::{name}");
            }
            named += 1;
        }
        assert!(named >= rows, "{document} has {named} rows");
    }
}

#[test]
fn the_architecture_has_every_crate_and_what_each_function_may_do() {
    let text = fs::read_to_string(root().join("docs/architecture.md")).unwrap();
    let workspace = workspace();
    let directory = Path::new(workspace["workspace_root"].as_str().unwrap());
    for package in workspace["packages"].as_array().unwrap() {
        let manifest = Path::new(package["manifest_path"].as_str().unwrap());
        let crate_directory = manifest.strip_prefix(directory).unwrap().parent().unwrap();
        let is_named = |it: &Path| text.contains(&format!("`{}`", it.display()));
        // A crate inside a tool's directory belongs to the tool; functions have their own table.
        let is_known = crate_directory.ancestors().any(is_named);
        let is_function = crate_directory.starts_with("functions");
        assert!(
            is_known || is_function,
            "docs/architecture.md lacks {}",
            crate_directory.display()
        );
    }
    for function in Template::read().functions() {
        let begin = format!("| `{}` |", function.binary());
        let rows = text.split("| function | is started by | may |").nth(1).unwrap();
        let row = rows.lines().find(|line| line.starts_with(&begin));
        let row = row.unwrap_or_else(|| panic!("docs/architecture.md lacks {begin}"));
        let written: BTreeSet<_> = code(row)
            .filter(|it| it.contains(':') && !it.contains(' '))
            .map(str::to_owned)
            .collect();
        assert_eq!(written, function.actions(), "docs/architecture.md: {begin}");
    }
}

/// Returns the rows of all tables that have a column "shown by", without the head rows.
fn table_rows(text: &str) -> impl Iterator<Item = &str> {
    let mut is_in_table = false;
    text.lines().filter(move |line| {
        let is_head = line.starts_with('|') && line.contains("| shown by |");
        is_in_table = is_head || (is_in_table && line.starts_with('|'));
        is_in_table && !is_head && !line.starts_with("|---")
    })
}

/// Returns the texts between backticks.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// Returns whether the file has a test of this name, or of this title.
pub(crate) fn is_test(path: &str, name: &str) -> bool {
    let Ok(text) = fs::read_to_string(root().join(path)) else { return false };
    if path.ends_with(".mjs") {
        return text.contains(&format!("it(\"{name}\""));
    }
    if path.ends_with(".py") {
        return text.contains(&format!("def {name}("));
    }
    // This finds a test, a property in `proptest!`, and the body of a test that each function has.
    text.contains(&format!("fn {name}("))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn markdown_files(directory: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.extension().is_some_and(|extension| extension == "md"))
}

/// Returns the targets of `[…](target)`, without their fragments.
fn relative_links(text: &str) -> impl Iterator<Item = &str> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let local = targets.filter(|target| !target.contains("://") && !target.starts_with('#'));
    local.map(|target| target.split('#').next().unwrap_or(target))
}
