//! The binary itself, under the Lambda Runtime API.

#![allow(clippy::unwrap_used, reason = "tests report by panicking")]

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use lambda_check::ChannelFunction;
use loop_core::{
    Call, CallId, CallType, Participant, ParticipantToken, ProviderSession, RemoteId, Settings,
    UnixMillis, UnixSeconds, UrlId, UserId, progress::Role,
};
use loop_store::Store;
use loop_testkit::{Heard, TEST_KEY_RING};
use serde_json::json;

const BINARY: &str = env!("CARGO_BIN_EXE_channel-message");
/// The bytes 0 to 15, as in all events.
const CALLEE: UserId = UserId::from_bytes([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
const CALL: CallId = CallId::from_bytes([7; 16]);

#[tokio::test]
async fn it_answers_its_event_and_hello_over_the_connection() {
    let function = ChannelFunction::start(BINARY).await;
    place(&function.environment()).await;
    let event = lambda_check::event("channel-message");
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
    let event = lambda_check::event("channel-message").to_string();
    assert!(event.contains(&token()), "{}", token());
}

fn token() -> String {
    let expires_at = UnixSeconds::try_from(4_102_444_800).unwrap();
    let caller = Participant { callee: CALLEE, call: CALL, role: Role::Caller, expires_at };
    caller.sign(&TEST_KEY_RING.parse().unwrap()).expose().to_owned()
}

async fn place(environment: &BTreeMap<String, String>) {
    let mut settings = Settings::new(|name| environment.get(name).cloned());
    let store = Store::from_settings(&mut settings);
    let store = settings.finish(store).unwrap();
    let now = UnixMillis::from(SystemTime::now());
    let state = store.callee(CALLEE, UrlId::from_bytes([0; 8]), None, now).await.unwrap();
    let call = Call {
        id: CALL,
        url: UrlId::from_bytes([1; 8]),
        remote_id: RemoteId::try_from("alice".to_owned()).unwrap(),
        call_type: CallType::Audio,
        session: ProviderSession {
            provider: "direct".to_owned(),
            api_key: String::new(),
            session_id: CALL.to_string(),
            server_url: "wss://channel.example.org".to_owned(),
        },
        callee_token: ParticipantToken::new("not looked at"),
        caller_token: None,
        expires_at: now.seconds().after(Duration::from_mins(2)),
        slot_expires_at: now.seconds().after(Duration::from_mins(2)),
    };
    store.place(CALLEE, &state, &call, now).await.unwrap();
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
    lambda_check::survives_foreign_events(BINARY, "channel-message").await;
}

#[tokio::test]
async fn it_says_which_setting_is_faulty() {
    lambda_check::says_which_setting_is_faulty(BINARY, "channel-message").await;
}
