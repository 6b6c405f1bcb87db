//! The binary itself, under the Lambda Runtime API.

#![allow(clippy::unwrap_used, reason = "tests report by panicking")]

use lambda_check::ChannelFunction;
use serde_json::json;

lambda_check::contract_tests!(
    events: call_deadline::CallDeadline,
    requires: [
        "LOOP_TABLE",
        "LOOP_CHANNEL_ENDPOINT",
        "LOOP_DEADLINE_QUEUE_URL",
    ]
);

#[tokio::test]
async fn it_handles_its_event() {
    let done = json!({ "batchItemFailures": [] });
    lambda_check::notifies_nobody_of_no_call(BINARY, NAME, &done).await;
}

#[tokio::test]
async fn what_an_outage_prevents_comes_again_and_what_makes_no_sense_does_not() {
    let function = ChannelFunction::without_a_table(BINARY).await;
    let mut event = lambda_check::event(NAME);
    let mut other = event["Records"][0].clone();
    other["messageId"] = "other".into();
    other["body"] = "{}".into();
    event["Records"].as_array_mut().unwrap().push(other);
    let failed = event["Records"][0]["messageId"].clone();
    let response = function.invoke(event).await.unwrap();
    assert_eq!(response, json!({ "batchItemFailures": [{ "itemIdentifier": failed }] }));
}
