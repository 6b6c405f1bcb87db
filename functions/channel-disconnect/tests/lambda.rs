//! The binary itself, under the Lambda Runtime API.

use serde_json::json;

lambda_check::contract_tests!(
    events: channel_disconnect::ChannelDisconnect,
    requires: [
        "LOOP_TABLE",
        "LOOP_CHANNEL_ENDPOINT",
        "LOOP_DEADLINE_QUEUE_URL",
    ]
);

#[tokio::test]
async fn it_handles_its_event() {
    let done = json!({ "statusCode": 200 });
    lambda_check::notifies_nobody_of_no_call(BINARY, NAME, &done).await;
}
