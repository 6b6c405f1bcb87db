//! Latency counts from the moment when a request is due, which does not depend on other requests.

use std::time::Duration;

use crate::fake::{Fake, Opening};

/// The rate is not judged, since it depends on the machine that tests.
const LOAD: &str =
    "--rate 100 --duration 3s --arrival constant --weights open=1 --min-rate-share 0%";
const STALL: Opening = Opening::StallAt(50, Duration::from_secs(1));

/// About 100 requests are due while the service stands still. A load test that waits for each
/// response before sending the next request would see one of them.
#[tokio::test(flavor = "multi_thread")]
async fn all_requests_that_were_due_during_a_stall_have_waited() {
    let fake = Fake::start(STALL).await;
    let run = fake.load(LOAD).await.expect(0);
    assert_eq!((run.total("due"), run.total("answered")), (300, 300));
    assert!(run.at_least(100) >= 85, "{}", run.told);
    assert!(run.at_least(500) >= 45, "{}", run.told);
    assert!(run.at_least(950) >= 1, "{}", run.told);
    // No request was kept back until the others had their responses.
    assert!(fake.most_waiting() >= 20, "{}", fake.most_waiting());
}

/// A request that can't be sent is neither delayed nor forgotten.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_much_at_a_time_is_an_error() {
    let fake = Fake::start(STALL).await;
    let run = fake.load(&format!("{LOAD} --max-in-flight 10")).await.expect(1);
    let not_sent = run.errors("open", "not sent: too many in flight").unwrap();
    assert!(not_sent >= 60, "{}", run.told);
    assert_eq!(run.total("due"), 300);
    assert_eq!(run.total("answered"), 300 - not_sent);
    assert_eq!(fake.opened() as u64, 300 - not_sent);
    run.expect_told("FAILS   max-error-rate");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_without_a_response_in_time_is_an_error() {
    let fake = Fake::start(Opening::StallAt(10, Duration::from_mins(1))).await;
    let load = "--rate 20 --duration 1s --arrival constant --weights open=1 --timeout 2s";
    let run = fake.load(load).await.expect(1);
    assert_eq!((run.errors("open", "timed out"), run.total("answered")), (Some(11), 9));
    // These have waited nevertheless.
    assert_eq!(run.at_least(2000), 11);
}
