//! Both measurements in a small form. Times are not judged, since other tests run meanwhile.

#![allow(clippy::unwrap_used, reason = "tests report by panicking")]

use std::process::{Command, Output};

#[test]
fn junk_gets_one_answer_and_reaches_neither_database_nor_log() {
    let small = ["junk", "--rate", "500", "--seconds", "2", "--skip", "rate,latency"];
    expect_success(&hostile(&small));
}

#[test]
fn a_killed_server_has_what_it_acknowledged() {
    expect_success(&hostile(&["kill", "--rounds", "5"]));
}

#[test]
fn lost_data_is_noticed() {
    let output = hostile(&["kill", "--rounds", "5", "--lose-everything"]);
    assert_eq!(output.status.code(), Some(1), "{}", told(&output));
    for check in ["registrations", "revocations", "calls"] {
        assert!(told(&output).contains(&format!("FAILS   {check}")), "{}", told(&output));
    }
}

fn hostile(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hostile")).args(arguments).output().unwrap()
}

fn told(output: &Output) -> String {
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    text(&output.stdout) + &text(&output.stderr)
}

#[track_caller]
fn expect_success(output: &Output) {
    assert!(output.status.success(), "{}", told(output));
}
