//! Several machines make one test.

use crate::{
    fake::{Fake, Opening},
    run::loadtest,
};

const LOAD: &str = "--rate 60 --duration 1s --weights open=3,make=1 --min-rate-share 0%";

#[tokio::test(flavor = "multi_thread")]
async fn the_results_of_two_halves_are_those_of_the_whole() {
    let fake = Fake::start(Opening::Page).await;
    let machine = async |machine: &str| {
        loadtest(&format!("{LOAD} --machine {machine} --url {}", fake.url)).await.expect(0)
    };
    let (whole, first, second) = tokio::join!(machine("1/1"), machine("1/2"), machine("2/2"));
    assert!(first.told.contains("these are 1 of 2 machines"), "{}", first.told);

    let files = format!("{} {}", first.result_path(), second.result_path());
    let merged = loadtest(&format!("merge --min-rate-share 0% {files}")).await.expect(0);
    for count in ["due", "answered"] {
        assert_eq!(merged.total(count), first.total(count) + second.total(count));
        assert_eq!(merged.total(count), whole.total(count));
    }
    // Each request is what it would have been on one machine.
    let of = |run: &crate::run::Run, name: &str| run.result()["scenarios"][name]["due"].clone();
    for scenario in ["open", "make"] {
        assert_eq!(of(&merged, scenario), of(&whole, scenario), "{scenario}");
    }
    assert_eq!(merged.at_least(0), merged.total("due"));
    assert!(!merged.told.contains("machines"), "{}", merged.told);
    assert_eq!(merged.report().matches("<figure>").count(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn machines_begin_when_they_are_told() {
    let fake = Fake::start(Opening::Page).await;
    let begin = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(4);
    let run = loadtest(&format!("{LOAD} --url {} --begin {begin}", fake.url)).await.expect(0);
    let started_at = run.result()["run"]["started_at"].as_str().unwrap().to_owned();
    assert!(started_at.parse::<jiff::Timestamp>().unwrap() >= begin);
    // It is over by now.
    let run = loadtest(&format!("{LOAD} --url {} --begin {begin}", fake.url)).await.expect(2);
    assert!(run.told.contains("--begin was over"), "{}", run.told);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_belong_together_is_not_merged() {
    let fake = Fake::start(Opening::Page).await;
    let first = loadtest(&format!("{LOAD} --url {} --machine 1/2", fake.url)).await;
    let other = loadtest(&format!("{LOAD} --url {} --machine 2/2 --seed 2", fake.url)).await;
    let paths = [first.result_path(), other.result_path()];
    loadtest(&format!("merge {} {}", paths[0], paths[1])).await.expect(2);
    loadtest(&format!("merge {} {}", paths[0], paths[0])).await.expect(2);
    loadtest("merge no-such-file.json").await.expect(2);
}
