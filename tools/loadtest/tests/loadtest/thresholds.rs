//! Thresholds decide the exit code.

use std::{process::Stdio, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Command,
    time::timeout,
};

use crate::{
    fake::{Fake, Opening},
    run::{Run, command},
};

const LOAD: &str = "--rate 30 --duration 1s --weights open=1 --min-rate-share 0%";

#[tokio::test(flavor = "multi_thread")]
async fn a_threshold_that_does_not_hold_is_named() {
    let fake = Fake::start(Opening::Page).await;
    let load = async |thresholds| fake.load(&format!("{LOAD} {thresholds}")).await;
    load("--max-p50 9s --max-p99 9s --max-error-rate 0%").await.expect(0);
    let run = load("--max-p50 1us --max-p99 9s").await.expect(1);
    run.expect_told("FAILS   max-p50");
    run.expect_told("ok      max-p99");
    run.expect_reported("A threshold does not hold.");
    // There are no pings here, so it is unknown if they are fast enough.
    load("--max-ping-p99 9s").await.expect(1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_soak_that_becomes_slow_fails() {
    let fake = Fake::start(Opening::StallAt(130, Duration::from_secs(3))).await;
    let load = "soak --rate 40 --duration 4s --arrival constant --weights open=1";
    fake.load(load).await.expect(1).expect_told("FAILS   max-growth");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ramp_has_the_requests_of_its_mean() {
    let fake = Fake::start(Opening::Page).await;
    let load = "--from 10 --to 90 --over 1s --arrival constant --weights open=1";
    let run = fake.load(&format!("ramp {load} --min-rate-share 0%")).await.expect(0);
    assert_eq!(run.total("due"), 50);
    run.expect_reported("from 10 to 90");
}

#[tokio::test(flavor = "multi_thread")]
async fn ended_early_there_is_a_report_nevertheless() {
    let fake = Fake::start(Opening::Page).await;
    let directory = tempfile::tempdir().unwrap();
    let load = "--rate 30 --duration 10m --weights open=1 --min-rate-share 0%";
    let arguments = format!("{load} --url {}", fake.url);
    let mut command = command(&arguments, &directory);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let begun = async {
        while let Some(line) = lines.next_line().await.unwrap() {
            if line.contains(" of 600 s ") {
                return;
            }
        }
        panic!("it has ended before");
    };
    timeout(Duration::from_secs(20), begun).await.unwrap();
    // Ctrl-C sends the same signal.
    let pid = child.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().await.unwrap().success());
    let ended = async {
        while lines.next_line().await.unwrap().is_some() {}
        child.wait_with_output().await.unwrap()
    };
    let output = timeout(Duration::from_secs(20), ended).await.unwrap();
    let run = Run::new(&output, directory).expect(0);
    assert_eq!(run.result()["run"]["interrupted"], true);
    assert!(run.total("due") > 0);
    run.expect_reported("ended early");
}
