//! Only a service that was named gets load.

use crate::{
    fake::{Fake, Opening},
    run::loadtest,
};

/// These hosts do not exist, so no request leaves the machine.
#[tokio::test]
async fn another_host_has_to_be_named_twice() {
    let named_once = "--url https://loop.invalid";
    loadtest(named_once).await.expect(2).expect_told("--allow-host loop.invalid");
    loadtest(&format!("{named_once} --allow-host staging.invalid")).await.expect(2);
    // This host is allowed, so the run fails for another reason.
    let run = loadtest(&format!("{named_once} --allow-host loop.invalid")).await.expect(2);
    run.expect_told("can't be reached");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_leads_nowhere() {
    let elsewhere = Fake::start(Opening::Page).await;
    let fake = Fake::start(Opening::Redirect(format!("{}/calls/good", elsewhere.url))).await;
    let load = "--rate 20 --duration 1s --arrival constant --weights open=1";
    let run = fake.load(load).await.expect(1);
    assert_eq!(run.errors("open", "302"), Some(20), "{}", run.told);
    assert_eq!((fake.opened(), elsewhere.opened()), (20, 0));
}

#[tokio::test]
async fn what_is_not_loop_or_not_there_gets_no_load() {
    loadtest("--url http://localhost:1").await.expect(2).expect_told("can't be reached");
    let fake = Fake::start(Opening::Page).await;
    let run = loadtest(&format!("--url {}/calls/good", fake.url)).await.expect(2);
    run.expect_told("is not Loop");
    assert_eq!(fake.opened(), 0);
}

#[tokio::test]
async fn wrong_arguments_end_with_two() {
    for wrong in ["--rate 0", "--duration soon", "--weights dance=1", "--machine 3/2", "merge"] {
        loadtest(wrong).await.expect(2);
    }
}
