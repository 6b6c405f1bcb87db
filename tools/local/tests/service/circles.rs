//! Finds circles: a module that uses an item of another one, which uses an item of the first, be it
//! through others. Who changes one of them has to know all of them.

mod modules;

use std::{fs, path::Path, process::Command};

use petgraph::{algo::tarjan_scc, prelude::DiGraphMap};
use serde_json::Value;

use modules::Modules;

#[test]
#[ignore = "not yet true: aws, store, provider, push, bench, hostile, and the test kit"]
fn no_module_uses_itself_through_others() {
    let metadata = metadata();
    let (mut number_of_modules, mut circles) = (0, Vec::new());
    for package in metadata["packages"].as_array().unwrap() {
        for target in package["targets"].as_array().unwrap() {
            if target["kind"].as_array().unwrap().contains(&"test".into()) {
                continue;
            }
            let modules = Modules::read(Path::new(target["src_path"].as_str().unwrap()));
            number_of_modules += modules.len();
            circles.extend(modules.circles());
        }
    }
    assert!(circles.is_empty(), "{}", circles.join("\n\n"));
    assert!(number_of_modules > 200, "{number_of_modules} modules were read");
}

#[test]
#[ignore = "not yet true: aws, store, provider, push, bench, hostile, and the test kit"]
fn no_crate_depends_on_itself_through_others() {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().unwrap();
    let mut graph: DiGraphMap<&str, ()> = DiGraphMap::new();
    for package in packages {
        for dependency in package["dependencies"].as_array().unwrap() {
            if dependency["path"].is_string() {
                let [user, used] = [package, dependency].map(|it| it["name"].as_str().unwrap());
                graph.add_edge(user, used, ());
            }
        }
    }
    let circles: Vec<_> = tarjan_scc(&graph).into_iter().filter(|it| it.len() > 1).collect();
    assert!(graph.edge_count() > packages.len() && circles.is_empty(), "{circles:?}");
}

#[test]
fn a_circle_is_found_through_imports_names_and_exports() {
    for (files, expected) in [
        // Straight, and through the name of a module.
        (
            [
                ("lib", "mod a; mod b;"),
                ("a", "use crate::b::B;"),
                ("b", "use super::a; type T = a::A;"),
            ],
            true,
        ),
        // Through an export of the root.
        (
            [
                ("lib", "mod a; mod b; pub use a::A;"),
                ("a", "fn f(_: crate::b::B) {}"),
                ("b", "use crate::A;"),
            ],
            true,
        ),
        // Inside of a macro.
        (
            [
                ("lib", "mod a; mod b;"),
                ("a", "use crate::b::B;"),
                ("b", "fn f() { g!(crate::a::A) }"),
            ],
            true,
        ),
        // An item of the parent, and one of the child.
        (
            [
                ("lib", "mod a; mod b; fn f() { a::g(); } type T = ();"),
                ("a", "use super::T;"),
                ("b", ""),
            ],
            true,
        ),
        // An export is no use, and neither is what tests do.
        (
            [("lib", "mod a; mod b; pub use a::A; struct T;"), ("a", "use super::T;"), ("b", "")],
            false,
        ),
        (
            [
                ("lib", "mod a; mod b;"),
                ("a", "use crate::b::B;"),
                ("b", "#[cfg(test)] use crate::a::A;"),
            ],
            false,
        ),
        (
            [("lib", "mod a; mod b;"), ("a", "use crate::b::B;"), ("b", "use a::A; struct C;")],
            false,
        ),
    ] {
        let directory = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(directory.path().join(format!("{name}.rs")), text).unwrap();
        }
        let circles = Modules::read(&directory.path().join("lib.rs")).circles();
        assert_eq!(!circles.is_empty(), expected, "{files:?}: {circles:?}");
    }
}

fn metadata() -> Value {
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--offline", "--locked", "--no-deps", "--format-version", "1"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    serde_json::from_slice(&metadata.stdout).unwrap()
}
