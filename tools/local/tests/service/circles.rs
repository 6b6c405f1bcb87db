//! The search for circles: a module that uses an item of another one, which uses an item of the
//! first, directly or through others. A developer who changes one of them has to know all of them.

mod modules;

use std::{fs, path::Path};

use modules::Modules;

use crate::dependencies::workspace;

#[test]
fn no_module_uses_itself_through_others() {
    let workspace = workspace();
    let (mut number_of_modules, mut circles) = (0, Vec::new());
    for package in workspace["packages"].as_array().unwrap() {
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
fn a_circle_is_found_through_imports_names_and_exports() {
    for (files, expected) in [
        // A direct circle, and one through the name of a module.
        (
            [
                ("lib", "mod a; mod b;"),
                ("a", "use crate::b::B;"),
                ("b", "use super::a; type T = a::A;"),
            ],
            true,
        ),
        // A circle through an export of the root.
        (
            [
                ("lib", "mod a; mod b; pub use a::A;"),
                ("a", "fn f(_: crate::b::B) {}"),
                ("b", "use crate::A;"),
            ],
            true,
        ),
        // A circle inside of a macro.
        (
            [
                ("lib", "mod a; mod b;"),
                ("a", "use crate::b::B;"),
                ("b", "fn f() { g!(crate::a::A) }"),
            ],
            true,
        ),
        // A circle of an item of the parent and one of the child.
        (
            [
                ("lib", "mod a; mod b; fn f() { a::g(); } type T = ();"),
                ("a", "use super::T;"),
                ("b", ""),
            ],
            true,
        ),
        // An export is not a use, and tests are not searched.
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
