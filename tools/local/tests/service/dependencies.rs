//! Functions link what they need and no more, and all crates of ours share the same lints. The
//! crates that must not be linked at all are listed in `deny.toml`.

use std::{collections::BTreeSet, fs, process::Command};

use local::functions::Functions;
use serde_json::Value;

use crate::template::{Template, asked_settings};

#[test]
fn making_and_opening_a_link_needs_no_client_and_no_tls() {
    let without_table: Vec<_> = asked_settings()
        .into_iter()
        .filter(|(_, settings)| !settings.contains("LOOP_TABLE"))
        .map(|(function, _)| function)
        .collect();
    assert!(without_table.len() >= 4, "{without_table:?}");
    for function in without_table {
        let linked = linked_crates(function);
        assert!(linked.contains("lambda_http"), "{linked:?}");
        for name in &linked {
            // The types of events and of HTTP are those of Lambda's own crates.
            let is_client = name.starts_with("aws-") || name == "reqwest" || name == "hyper-rustls";
            let is_tls = name.contains("tls") || name.contains("webpki");
            assert!(!is_client && !is_tls, "{function} links {name}");
        }
    }
}

#[test]
fn a_function_links_the_clients_of_the_services_that_it_may_use() {
    for function in Template::read().functions() {
        let linked = linked_crates(&function.binary());
        let clients: BTreeSet<_> =
            linked.iter().filter_map(|name| name.strip_prefix("aws-sdk-")).collect();
        let actions = function.actions();
        let mut used: BTreeSet<_> = actions
            .iter()
            .map(|action| match action.split(':').next().unwrap() {
                "execute-api" => "apigatewaymanagement",
                "dynamodb" => "dynamodb",
                "sqs" => "sqs",
                service => panic!("which client is for {service}?"),
            })
            .collect();
        // A function that revokes links ends calls but sets no deadlines; it links the client for
        // SQS only because the crate of the channel does.
        if linked.contains("loop-channel") {
            used.insert("sqs");
        }
        assert_eq!(clients, used, "{}", function.binary());
    }
}

#[test]
fn no_function_links_what_is_for_tests_and_tools() {
    for function in Functions::names() {
        let linked = linked_crates(function);
        for name in [
            "axum",
            "clap",
            "dynoxide-rs",
            "emulator",
            "load",
            "loop-testkit",
            "regex",
            "tracing-subscriber",
        ] {
            assert!(!linked.contains(name), "{function} links {name}");
        }
    }
}

#[test]
fn no_program_links_the_test_kit() {
    for program in ["keys", "loadtest", "local"] {
        let linked = linked_crates(program);
        assert!(linked.contains("loop-core") && !linked.contains("loop-testkit"), "{program}");
    }
}

#[test]
fn no_function_is_built_for_the_tests_of_another() {
    let functions: BTreeSet<String> = Functions::names().map(str::to_owned).collect();
    for function in &functions {
        let built = crates(function, "all");
        assert!(built.contains("lambda-check"), "{built:?}");
        let built: Vec<_> = built.intersection(&functions).collect();
        assert_eq!(built, [function]);
    }
}

#[test]
fn what_makes_the_pages_stays_behind_when_they_are_made() {
    let with_pages = linking("loop-pages");
    assert!(with_pages.len() >= 2, "{with_pages:?}");
    for (function, linked) in with_pages {
        for name in ["loop-pages-build", "flate2", "minifier", "sha2"] {
            assert!(!linked.contains(name), "{function} links {name}");
        }
    }
}

#[test]
fn one_tls_provider_and_one_http_client_are_enough() {
    let with_tls = linking("rustls");
    assert!(with_tls.len() >= 3, "{with_tls:?}");
    for (function, linked) in with_tls {
        assert!(linked.contains("ring") && linked.contains("reqwest"), "{function}: {linked:?}");
        for name in [
            "aws-config",
            "aws-lc-rs",
            "aws-lc-sys",
            "aws-smithy-http-client",
            "h2",
            "hyper-tls",
            "native-tls",
            "openssl",
            "openssl-sys",
        ] {
            assert!(!linked.contains(name), "{function} links {name}");
        }
    }
}

#[test]
fn no_crate_of_ours_may_use_unsafe_code() {
    let metadata = workspace();
    let root = metadata["workspace_root"].as_str().unwrap();
    let workspace = fs::read_to_string(format!("{root}/Cargo.toml")).unwrap();
    assert!(workspace.contains("[workspace.lints.rust]\nunsafe_code = \"forbid\"\n"));
    let packages = metadata["packages"].as_array().unwrap();
    assert_eq!(packages.len(), metadata["workspace_members"].as_array().unwrap().len());
    for package in packages {
        let manifest = fs::read_to_string(package["manifest_path"].as_str().unwrap()).unwrap();
        // Cargo accepts no lints of a package's own beside these.
        assert!(manifest.contains("\n[lints]\nworkspace = true\n"), "{}", package["name"]);
    }
}

/// Returns the functions that link a crate, with all crates that they link.
fn linking(name: &str) -> Vec<(&'static str, BTreeSet<String>)> {
    let all = Functions::names().map(|function| (function, linked_crates(function)));
    all.filter(|(_, linked)| linked.contains(name)).collect()
}

/// Returns the crates that a release build of the package links, also for Lambda's processor.
fn linked_crates(package: &str) -> BTreeSet<String> {
    crates(package, "normal")
}

/// Returns the crates that a package depends on by edges of these kinds, as `cargo tree` names
/// them, and the package itself.
fn crates(package: &str, edges: &str) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--locked", "--edges", edges, "--prefix", "none"])
        .args(["--format", "{p}", "--target", "aarch64-unknown-linux-gnu", "--package", package])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

/// Returns Cargo's metadata of the workspace and its packages.
pub(crate) fn workspace() -> Value {
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--offline", "--locked", "--no-deps", "--format-version", "1"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    serde_json::from_slice(&metadata.stdout).unwrap()
}
