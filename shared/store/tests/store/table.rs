//! The fixture of every test: a table of its own, and values to put there.

use std::{path::Path, time::Duration};

use loop_core::{
    Call, CallId, CallType, Device, DeviceId, ParticipantToken, ProviderSession, PushKind,
    PushTarget, RemoteId, Settings, UnixMillis, UnixSeconds, UrlId, UserId,
};
use loop_store::{CalleeState, Limit, LimitError, Store};
use loop_testkit::{ManualClock, TestDynamoDb, WireRecorder};
use ring::rand::SystemRandom;
use serde_json::Value;

/// The time at which most tests start.
pub(crate) const NOW: UnixMillis = UnixMillis::new(1_780_000_000_500);

/// A table with a recorder in front of it.
pub(crate) struct Table {
    pub(crate) store: Store,
    pub(crate) wire: WireRecorder,
    pub(crate) dynamodb: TestDynamoDb,
}

impl Table {
    pub(crate) async fn new() -> Self {
        Self::of(TestDynamoDb::start().await).await
    }

    /// Makes a table that deletes expired items by this clock, on request.
    pub(crate) async fn with_clock(clock: &ManualClock) -> Self {
        Self::of(TestDynamoDb::start_with_clock(clock.into()).await).await
    }

    async fn of(dynamodb: TestDynamoDb) -> Self {
        dynamodb.create_table("loop-test");
        let wire = WireRecorder::start(&dynamodb.endpoint_url()).await;
        Self { store: store(&wire.endpoint_url()), wire, dynamodb }
    }

    pub(crate) fn items(&self) -> Vec<Value> {
        self.dynamodb.items("loop-test")
    }

    /// Stores an item as some other release could have written it.
    pub(crate) fn put(&self, item: Value) {
        self.dynamodb.put_item("loop-test", item);
    }

    /// Reads the state of a callee at `now`, for a call URL that is not revoked.
    pub(crate) async fn callee(&self, callee: UserId, now: UnixMillis) -> CalleeState {
        self.store.callee(callee, url(0), None, now).await.unwrap()
    }

    /// Reads the state of the first user at [`NOW`], for a call through `url`.
    pub(crate) async fn callee_of(&self, url: UrlId) -> CalleeState {
        self.store.callee(user(1), url, None, NOW).await.unwrap()
    }
}

/// Makes a store that connects to `endpoint`.
pub(crate) fn store(endpoint: &str) -> Store {
    store_trusting(endpoint, None)
}

/// Makes a store that connects to `endpoint` and trusts the roots in a PEM file, or Amazon's.
pub(crate) fn store_trusting(endpoint: &str, ca_bundle: Option<&Path>) -> Store {
    let mut settings = Settings::new(|name| {
        let value = match name {
            "LOOP_TABLE" => "loop-test",
            "AWS_REGION" => "us-east-1",
            "AWS_ACCESS_KEY_ID" => "AKIATESTTESTTESTTEST",
            "AWS_SECRET_ACCESS_KEY" => "good-for-nothing",
            "AWS_SESSION_TOKEN" => "session-token",
            "AWS_ENDPOINT_URL_DYNAMODB" => endpoint,
            "AWS_CA_BUNDLE" => ca_bundle?.to_str()?,
            _ => return None,
        };
        Some(value.to_owned())
    });
    let store = Store::from_settings(&mut settings);
    settings.finish(store).unwrap()
}

pub(crate) fn user(number: u8) -> UserId {
    UserId::from_bytes([number; 16])
}

pub(crate) fn url(number: u8) -> UrlId {
    UrlId::from_bytes([number; 8])
}

/// Returns the second that is `seconds` after [`NOW`], which lies in the middle of a second.
pub(crate) fn after(seconds: u64) -> UnixSeconds {
    NOW.seconds().after(Duration::from_secs(seconds))
}

/// Returns the first millisecond of a second.
pub(crate) fn start_of(second: UnixSeconds) -> UnixMillis {
    UnixMillis::new(second.get() * 1000)
}

/// Returns the last millisecond before a second.
pub(crate) fn just_before(second: UnixSeconds) -> UnixMillis {
    UnixMillis::new(second.get() * 1000 - 1)
}

/// Makes a device that was registered at [`NOW`] and expires `seconds` later.
pub(crate) fn device(number: usize, seconds: u64) -> Device {
    let push_url = format!("https://push.example.org/{number}");
    Device {
        id: DeviceId::of_push_url(&push_url),
        target: PushTarget::WebPush(push_url),
        registered_at: NOW,
        expires_at: after(seconds),
    }
}

/// Returns `device` with another protocol.
pub(crate) fn of_kind(kind: PushKind, device: Device) -> Device {
    let target = PushTarget::new(kind, device.target.address().to_owned());
    Device { target, ..device }
}

/// Makes a call that rings for `seconds` from [`NOW`] on.
pub(crate) fn call(seconds: u64) -> Call {
    Call {
        id: CallId::random(&SystemRandom::new()).unwrap(),
        url: url(1),
        remote_id: RemoteId::try_from("alice@example.com".to_owned()).unwrap(),
        call_type: CallType::AudioVideo,
        session: ProviderSession {
            provider: "livekit".to_owned(),
            api_key: "key".to_owned(),
            session_id: "room".to_owned(),
            server_url: "wss://livekit.example.org".to_owned(),
        },
        callee_token: ParticipantToken::new("callee-token"),
        caller_token: None,
        expires_at: after(seconds),
        slot_expires_at: after(seconds),
    }
}

/// Makes such a call through another link, so that the limit for one link does not matter.
pub(crate) fn call_through(url: UrlId, seconds: u64) -> Call {
    Call { url, ..call(seconds) }
}

/// Makes the error of a limit that leaves room again `seconds` later.
pub(crate) fn too_many(limit: Limit, seconds: u64) -> LimitError {
    LimitError::TooMany { limit, retry_after: Duration::from_secs(seconds) }
}

/// Reads a number attribute of an item in DynamoDB's JSON.
pub(crate) fn number(item: &Value, name: &str) -> u64 {
    item[name]["N"].as_str().unwrap().parse().unwrap()
}

/// Sorts devices, so that they can be compared.
pub(crate) fn sorted(mut devices: Vec<Device>) -> Vec<Device> {
    devices.sort_by_key(|device| device.id);
    devices
}
