//! The binary itself, under the Lambda Runtime API.

#![allow(clippy::unwrap_used, reason = "tests report by panicking")]

use std::collections::BTreeMap;

use lambda_check::ChannelFunction;
use loop_core::{Clock, KeyRing, Participant, Settings, UnixSeconds, UrlId, progress::Role};
use loop_store::Store;
use loop_testkit::{
    Heard, TEST_KEY_RING,
    fixtures::{CALL, CALLEE, call},
};
use serde_json::json;

lambda_check::contract_tests!(
    events: channel_message::ChannelMessage,
    requires: [
        "LOOP_TABLE",
        "LOOP_PARTICIPANT_KEYS",
        "LOOP_CHANNEL_ENDPOINT",
        "LOOP_DEADLINE_QUEUE_URL",
    ]
);

#[tokio::test]
async fn it_handles_its_event_and_says_hello_over_the_connection() {
    let function = ChannelFunction::start(BINARY).await;
    place(&function.environment()).await;
    let event = lambda_check::event(NAME);
    assert_eq!(function.invoke(event.clone()).await.unwrap(), json!({ "statusCode": 200 }));
    let mut heard: Vec<_> = function.peers().take().iter().map(Heard::to_string).collect();
    heard.sort_unstable();
    assert_eq!(heard, ["MkUCMcOFIAMCJ2Q=: hello caller init", "queue: 10 s"]);

    assert_eq!(function.invoke(event).await.unwrap(), json!({ "statusCode": 200 }));
    let heard: Vec<_> = function.peers().take().iter().map(Heard::to_string).collect();
    assert_eq!(heard, ["MkUCMcOFIAMCJ2Q=: hello caller init"]);
    let output = function.process().output();
    assert_eq!(output.stderr, "");
    assert!(!output.stdout.contains(&token()), "tokens are not logged");
}

#[test]
fn the_event_holds_a_token_until_the_year_2100() {
    let event = lambda_check::event(NAME).to_string();
    assert!(event.contains(&token()), "{}", token());
}

fn token() -> String {
    let expires_at = UnixSeconds::try_from(4_102_444_800).unwrap();
    let caller = Participant { callee: CALLEE, call: CALL, role: Role::Caller, expires_at };
    let ring: KeyRing = TEST_KEY_RING.parse().unwrap();
    caller.sign(&ring.keys()).expose().to_owned()
}

async fn place(environment: &BTreeMap<String, String>) {
    let mut settings = Settings::new(|name| environment.get(name).cloned());
    let store = Store::from_settings(&mut settings);
    let store = settings.finish(store).unwrap();
    let now = Clock::system().now();
    let state = store.callee(CALLEE, UrlId::from_bytes([0; 8]), None, now).await.unwrap();
    store.place(CALLEE, &state, &call(CALL, now), now).await.unwrap();
}
