//! Latency counts from when a request was due, and requests are due whatever becomes of others.

use std::time::Duration;

use crate::{
    fake::{Fake, Opening},
    run::loadtest,
};

/// Whether it can keep the rate is up to the machine that tests.
const LOAD: &str =
    "--rate 100 --duration 3s --arrival constant --weights open=1 --min-rate-share 0%";
const STALL: Opening = Opening::StallAt(50, Duration::from_secs(1));

/// About 100 requests are due while the service stands still. Who waits for each answer before
/// sending the next would see one of them.
#[tokio::test(flavor = "multi_thread")]
async fn everybody_who_came_during_a_stall_has_waited() {
    let fake = Fake::start(STALL).await;
    let run = loadtest(&format!("{LOAD} --url {}", fake.url)).await.expect(0);
    assert_eq!((run.total("due"), run.total("answered")), (300, 300));
    assert!(run.at_least(100) >= 85, "{}", run.told);
    assert!(run.at_least(500) >= 45, "{}", run.told);
    assert!(run.at_least(950) >= 1, "{}", run.told);
    // Nobody was kept back until the others had their answers.
    assert!(fake.most_waiting() >= 20, "{}", fake.most_waiting());
}

/// What can't be sent is neither delayed nor forgotten.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_much_at_a_time_is_an_error() {
    let fake = Fake::start(STALL).await;
    let arguments = format!("{LOAD} --max-in-flight 10 --url {}", fake.url);
    let run = loadtest(&arguments).await.expect(1);
    let not_sent = &run.result()["scenarios"]["open"]["errors"]["not sent: too many in flight"];
    let not_sent = not_sent.as_u64().unwrap();
    assert!(not_sent >= 60, "{}", run.told);
    assert_eq!(run.total("due"), 300);
    assert_eq!(run.total("answered"), 300 - not_sent);
    assert_eq!(fake.opened() as u64, 300 - not_sent);
    assert!(run.told.contains("FAILS   max-error-rate"), "{}", run.told);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_gets_no_answer_in_time_has_an_error() {
    let fake = Fake::start(Opening::StallAt(10, Duration::from_mins(1))).await;
    let load = "--rate 20 --duration 1s --arrival constant --weights open=1 --timeout 2s";
    let run = loadtest(&format!("{load} --url {}", fake.url)).await.expect(1);
    let errors = &run.result()["scenarios"]["open"]["errors"];
    assert_eq!((errors["timed out"].as_u64(), run.total("answered")), (Some(11), 9));
    // They have waited nevertheless.
    assert_eq!(run.at_least(2000), 11);
}
