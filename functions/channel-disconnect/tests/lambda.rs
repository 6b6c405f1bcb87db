//! The binary itself, under the Lambda Runtime API.

#![allow(clippy::unwrap_used, reason = "tests report by panicking")]

use std::{collections::BTreeMap, path::Path};

use loop_testkit::{
    ChannelPeers, EmbeddedDynamoDb, LambdaProcess, RuntimeApi, runtime_api::INVOCATION_DEADLINE,
};
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_channel-disconnect");
const EVENT: &str = include_str!("../../../events/channel-disconnect.json");
const TABLE: &str = "loop-test";

async fn spawn(environment: &BTreeMap<String, String>) -> LambdaProcess {
    let binary = Path::new(BINARY);
    let environment: Vec<_> = environment.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    RuntimeApi::start().await.spawn(binary, &environment).unwrap()
}

#[tokio::test]
async fn it_says_which_settings_are_missing() {
    let function = spawn(&BTreeMap::new()).await;
    assert!(!function.exit(INVOCATION_DEADLINE).await.unwrap().success());
    let fault = function.output().stderr;
    assert_eq!(fault.lines().count(), 1, "{fault}");
    for setting in
        ["LOOP_TABLE", "LOOP_TOKEN_KEYS", "LOOP_CHANNEL_ENDPOINT", "LOOP_DEADLINE_QUEUE_URL"]
    {
        assert!(fault.contains(&format!("{setting} is missing")), "{setting}: {fault}");
    }
}

#[tokio::test]
async fn it_answers_its_event() {
    let database = EmbeddedDynamoDb::start(None).await.unwrap();
    database.create_table(TABLE).unwrap();
    let peers = ChannelPeers::start().await;
    let function = spawn(&peers.environment(&database.endpoint_url(), TABLE)).await;
    let event: Value = serde_json::from_str(EVENT).unwrap();
    for _ in 0..2 {
        let answer = function.invoke(event.clone()).await.unwrap();
        assert_eq!(answer, json!({ "statusCode": 200 }));
    }
    assert!(peers.take().is_empty(), "there is nobody to tell");
    assert_eq!(function.output().stderr, "");
}

#[tokio::test]
async fn it_survives_foreign_events() {
    lambda_check::survives_foreign_events(BINARY, "channel-disconnect").await;
}
