//! Functions that need no I/O link nothing that could do any, and no crate of ours goes its own way.

use std::{fs, process::Command};

use local::functions::Functions;
use serde_json::Value;

use crate::template::asked_settings;

#[test]
fn making_and_opening_a_link_needs_no_client_and_no_tls() {
    let without_table: Vec<_> = asked_settings()
        .into_iter()
        .filter(|(_, settings)| !settings.contains("LOOP_TABLE"))
        .map(|(function, _)| function)
        .collect();
    assert!(without_table.len() >= 3, "{without_table:?}");
    for function in without_table {
        let linked = linked_crates(function);
        assert!(linked.iter().any(|name| name == "lambda_http"), "{linked:?}");
        let forbidden = ["reqwest", "rustls", "native-tls", "openssl", "aws-lc-rs", "hyper-rustls"];
        for name in &linked {
            // The types of events and of HTTP are those of Lambda's own crates.
            let is_sdk = name.starts_with("aws-");
            assert!(!is_sdk && !forbidden.contains(&name.as_str()), "{function} links {name}");
        }
    }
}

#[test]
fn what_makes_the_pages_stays_behind_when_they_are_made() {
    let with_pages = linking("loop-pages");
    assert!(with_pages.len() >= 2, "{with_pages:?}");
    for (function, linked) in with_pages {
        for name in ["loop-pages-build", "flate2", "minifier", "sha2"] {
            assert!(!linked.iter().any(|linked| linked == name), "{function} links {name}");
        }
    }
}

#[test]
fn one_tls_provider_is_enough() {
    let with_tls = linking("rustls");
    assert!(with_tls.len() >= 3, "{with_tls:?}");
    for (function, linked) in with_tls {
        for name in
            ["aws-lc-rs", "aws-lc-sys", "openssl", "openssl-sys", "native-tls", "aws-config"]
        {
            assert!(!linked.iter().any(|linked| linked == name), "{function} links {name}");
        }
    }
}

#[test]
fn no_crate_of_ours_may_use_unsafe_code() {
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--offline", "--locked", "--no-deps", "--format-version", "1"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let root = metadata["workspace_root"].as_str().unwrap();
    let workspace = fs::read_to_string(format!("{root}/Cargo.toml")).unwrap();
    assert!(workspace.contains("[workspace.lints.rust]\nunsafe_code = \"forbid\"\n"));
    let packages = metadata["packages"].as_array().unwrap();
    assert_eq!(packages.len(), metadata["workspace_members"].as_array().unwrap().len());
    for package in packages {
        let manifest = fs::read_to_string(package["manifest_path"].as_str().unwrap()).unwrap();
        // Cargo takes no other lints beside these.
        assert!(manifest.contains("\n[lints]\nworkspace = true\n"), "{}", package["name"]);
    }
}

/// Returns the functions that link a crate, with all crates that they link.
fn linking(name: &str) -> Vec<(&'static str, Vec<String>)> {
    let all = Functions::names().map(|function| (function, linked_crates(function)));
    all.filter(|(_, linked)| linked.iter().any(|linked| linked == name)).collect()
}

/// Returns the crates that a release build of the function links, also for Lambda's processor.
fn linked_crates(function: &str) -> Vec<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--locked", "--edges", "normal", "--prefix", "none"])
        .args(["--format", "{p}", "--target", "aarch64-unknown-linux-gnu", "--package", function])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}
