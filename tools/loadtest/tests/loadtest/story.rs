//! All scenarios against the real service.

use std::io::sink;

use local::{LocalServer, Options};
use loop_lambda::{LogFormat, Logger};

use crate::run::{Run, loadtest};

const LOAD: &str = "--rate 25 --duration 2s --min-rate-share 0% \
                    --weights register=1,make=1,open=1,call=1,list=1,junk=1,expired=1";

#[tokio::test(flavor = "multi_thread")]
async fn every_scenario_gets_its_answer_and_every_call_rings() {
    let server = server().await;
    let run = loadtest(&format!("{LOAD} --url {}", server.url())).await.expect(0);
    expect_all_scenarios(&run);
    let result = run.result();
    let calls = result["scenarios"]["call"]["due"].as_u64().unwrap();
    assert_eq!(result["pings"]["expected"], calls);
    assert_eq!(pings(&run), calls);
}

/// The address is one of this machine that the load test does not take for one.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_push_receiver_callees_poll() {
    let server = server().await;
    let url = server.url().replace("localhost", "0.0.0.0");
    let run = loadtest(&format!("{LOAD} --allow-host 0.0.0.0 --url {url}")).await.expect(0);
    expect_all_scenarios(&run);
    assert_eq!(pings(&run), 0);
    run.expect_told("without --push-url");
    run.expect_reported("no push receiver could be reached");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_receiver_that_is_out_of_reach_is_noticed_before_the_load() {
    let server = server().await;
    let load = async |push_url| {
        let load = format!("{LOAD} --url {} --push-url {push_url}", server.url());
        loadtest(&load).await.expect(2)
    };
    load("http://localhost:1/push").await.expect_told("push receiver");
    load("https://push.invalid/").await.expect_told("LOOP_PUSH_HOSTS");
}

#[tokio::test(flavor = "multi_thread")]
async fn too_few_callees_are_said_to_be_too_few() {
    let server = server().await;
    let load = "--rate 50 --duration 1s --arrival constant --weights call=1 --callees 1";
    let run = loadtest(&format!("{load} --url {}", server.url())).await.expect(1);
    run.expect_told("with less than 3");
    let refused = run.errors("call", "429, errno 117");
    assert_eq!((refused, run.total("answered")), (Some(30), 20), "{}", run.told);
}

async fn server() -> LocalServer {
    // On a busy machine pings may take longer than the default.
    let variables = vec![("LOOP_PUSH_TIMEOUT_MS".to_owned(), "5000".to_owned())];
    let options = Options::new(Logger::new(LogFormat::Text, sink()));
    LocalServer::start(Options { variables, ..options }).await.unwrap()
}

#[track_caller]
fn expect_all_scenarios(run: &Run) {
    let result = run.result();
    let scenarios = result["scenarios"].as_object().unwrap();
    assert_eq!(scenarios.len(), 7, "{}", run.told);
    assert_eq!(run.total("answered"), run.total("due"), "{}", run.told);
    assert!(run.total("due") > 30, "{}", run.told);
    for plot in ["over-time", "requests", "by-percentile"] {
        run.expect_reported(&format!("aria-labelledby=\"{plot}-title\""));
        run.expect_reported(&format!("<details id=\"{plot}-numbers\">"));
    }
}

fn pings(run: &Run) -> u64 {
    let result = run.result();
    let buckets = result["pings"]["latency"].as_array().unwrap();
    buckets.iter().map(|bucket| bucket[1].as_u64().unwrap()).sum()
}
