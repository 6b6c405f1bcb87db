//! The binary itself, under the Lambda Runtime API.

use serde_json::json;

const BINARY: &str = env!("CARGO_BIN_EXE_channel-disconnect");

#[tokio::test]
async fn it_answers_its_event() {
    let done = json!({ "statusCode": 200 });
    lambda_check::tells_nobody_of_no_call(BINARY, "channel-disconnect", &done).await;
}

#[tokio::test]
async fn it_says_which_settings_are_missing() {
    lambda_check::says_which_settings_are_missing(
        BINARY,
        &["LOOP_TABLE", "LOOP_TOKEN_KEYS", "LOOP_CHANNEL_ENDPOINT", "LOOP_DEADLINE_QUEUE_URL"],
    )
    .await;
}

#[tokio::test]
async fn it_survives_foreign_events() {
    lambda_check::survives_foreign_events(BINARY, "channel-disconnect").await;
}

#[tokio::test]
async fn it_says_which_setting_is_faulty() {
    lambda_check::says_which_setting_is_faulty(BINARY, "channel-disconnect").await;
}
