//! Several machines make one test.

use crate::{
    fake::{Fake, Opening},
    run::{Run, loadtest},
};

const LOAD: &str = "--rate 60 --duration 1s --weights open=3,make=1 --min-rate-share 0%";

#[tokio::test(flavor = "multi_thread")]
async fn the_results_of_two_halves_are_those_of_the_whole() {
    let fake = Fake::start(Opening::Page).await;
    let machine = async |machine| fake.load(&format!("{LOAD} --machine {machine}")).await.expect(0);
    let (whole, first, second) = tokio::join!(machine("1/1"), machine("1/2"), machine("2/2"));
    first.expect_told("these are 1 of 2 machines");

    let files = format!("{} {}", first.result_path(), second.result_path());
    let merged = loadtest(&format!("merge --min-rate-share 0% {files}")).await.expect(0);
    for count in ["due", "answered"] {
        assert_eq!(merged.total(count), first.total(count) + second.total(count));
        assert_eq!(merged.total(count), whole.total(count));
    }
    // Each request is the same as on a single machine.
    let of = |run: &Run, name: &str| run.result()["scenarios"][name]["due"].clone();
    for scenario in ["open", "make"] {
        assert_eq!(of(&merged, scenario), of(&whole, scenario), "{scenario}");
    }
    assert_eq!(merged.at_least(0), merged.total("due"));
    assert!(!merged.told.contains("machines"), "{}", merged.told);
    for plot in ["over-time", "requests", "by-percentile"] {
        merged.expect_reported(&format!("<details id=\"{plot}-numbers\">"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn machines_begin_when_they_are_told() {
    let fake = Fake::start(Opening::Page).await;
    let begin = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(4);
    let run = fake.load(&format!("{LOAD} --begin {begin}")).await.expect(0);
    let started_at = run.result()["run"]["started_at"].as_str().unwrap().to_owned();
    assert!(started_at.parse::<jiff::Timestamp>().unwrap() >= begin);
    // This moment has passed by now.
    let run = fake.load(&format!("{LOAD} --begin {begin}")).await.expect(2);
    run.expect_told("--begin was over");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_belong_together_is_not_merged() {
    let fake = Fake::start(Opening::Page).await;
    let first = fake.load(&format!("{LOAD} --machine 1/2")).await;
    let other = fake.load(&format!("{LOAD} --machine 2/2 --seed 2")).await;
    for second in [other.result_path(), first.result_path()] {
        let run = loadtest(&format!("merge {} {second}", first.result_path())).await;
        assert!(!run.expect(2).told.contains("No such file"));
    }
    loadtest("merge no-such-file.json").await.expect(2);
}
