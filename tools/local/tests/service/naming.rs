//! The limit on the files that name a function, all of which the table of functions has to list:
//! that keeps it cheap to add one.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use local::functions::Functions;

use crate::template::Template;

/// The most files that may name a function.
const FILES_MAX: usize = 12;

/// The files and directories without the limit: documentation, generated files, and the fuzzing
/// targets, which choose few functions.
const SKIPPED: [&str; 8] =
    [".aws-sam", ".git", "CHANGELOG.md", "Cargo.lock", "docs", "fuzz", "node_modules", "target"];

/// Names that are everyday words, so that a file with the word may not mean the function.
const COMMON: [&str; 4] = ["heartbeat", "register", "service", "unregister"];

#[test]
fn a_function_is_named_in_few_files() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut texts = Vec::new();
    read(&root, &mut texts);
    assert!(texts.len() > 100, "{}", texts.len());
    let mut named: BTreeMap<&str, Vec<&PathBuf>> = BTreeMap::new();
    for function in Functions::names().filter(|name| !COMMON.contains(name)) {
        let spellings = spellings(function);
        let names = |text: &str| spellings.iter().any(|spelling| text.contains(spelling));
        let files = texts.iter().filter(|(_, text)| names(text)).map(|(path, _)| path);
        named.insert(function, files.collect());
    }
    named.retain(|_, files| files.len() > FILES_MAX);
    assert!(
        named.is_empty(),
        "a function may be named in {FILES_MAX} files; let the others find it by its route, in \
         the template, or in tools/local/src/functions.rs: {named:#?}"
    );
}

#[test]
fn every_function_is_in_the_table_of_functions() {
    let known: Vec<_> = Functions::names().collect();
    for function in Template::read().functions().map(|function| function.binary()) {
        assert!(
            known.contains(&function.as_str()),
            "tools/local/src/functions.rs does not have {function}: add (\"{function}\", \
             HttpHandler::from_settings::<{}::{}>) to HTTP_FUNCTIONS, and the crate to \
             tools/local/Cargo.toml",
            function.replace('-', "_"),
            camel_case(&function),
        );
    }
}

/// Returns the names of the package, of the crate and of the type.
fn spellings(function: &str) -> [String; 3] {
    [function.to_owned(), function.replace('-', "_"), camel_case(function)]
}

fn camel_case(function: &str) -> String {
    let words = function.split('-').map(|word| {
        let (first, rest) = word.split_at(1);
        first.to_uppercase() + rest
    });
    words.collect()
}

/// Reads all text files below `directory`.
fn read(directory: &Path, texts: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name();
        if SKIPPED.iter().any(|skipped| name == *skipped) {
            continue;
        }
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            read(&entry.path(), texts);
        } else if kind.is_file()
            && let Ok(text) = fs::read_to_string(entry.path())
        {
            texts.push((entry.path(), text));
        }
    }
}
