//! The commands that the documents tell operators to copy.

use std::{fs, path::Path, process::Command};

#[test]
fn every_command_in_a_document_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let documents = fs::read_dir(root.join("docs")).expect("there are documents");
    let documents = documents.map(|entry| entry.expect("readable").path());
    let documents = documents.filter(|path| path.extension().is_some_and(|it| it == "md"));
    let mut count = 0;
    for document in documents.chain([root.join("README.md")]) {
        let text = fs::read_to_string(&document).expect("UTF-8");
        for rest in text.split("keys -- ").skip(1) {
            let end = rest.find(|it: char| !it.is_ascii_lowercase() && !" -".contains(it));
            let words = rest[..end.unwrap_or(rest.len())].split_whitespace();
            let words: Vec<_> = words.take_while(|word| !word.starts_with('-')).collect();
            let ran = Command::new(env!("CARGO_BIN_EXE_keys")).args(&words).arg("--help").output();
            let succeeds = ran.expect("it was built").status.success();
            assert!(succeeds, "{}: {words:?}", document.display());
            count += 1;
        }
    }
    assert!(count > 10, "{count}");
}
