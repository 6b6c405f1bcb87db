//! The data that the events in `events/` refer to.

use std::{fs, path::Path, time::Duration};

use loop_core::{
    Call, CallId, CallType, Device, DeviceId, ParticipantToken, ProviderSession, PushKind,
    PushTarget, RemoteId, UnixMillis, UrlId, UserId,
};
use serde_json::Value;

/// The user whose call token and session stand in the events: the bytes 0 to 15.
pub const CALLEE: UserId =
    UserId::from_bytes([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);

/// The call of the channel's events.
pub const CALL: CallId = CallId::from_bytes([7; 16]);

/// The lifetime of the devices and calls of this module.
const LIFETIME: Duration = Duration::from_mins(10);

/// Reads `events/<name>.json`.
///
/// # Panics
/// There is no such event.
pub fn event(name: &str) -> Value {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../events/{name}.json"));
    let text = fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// Returns a device that was registered at `now`.
pub fn device(kind: PushKind, push_url: &str, now: UnixMillis) -> Device {
    Device {
        id: DeviceId::of_push_url(push_url),
        target: PushTarget::new(kind, push_url.to_owned()),
        registered_at: now,
        expires_at: now.seconds().after(LIFETIME),
    }
}

/// Returns a call of Alice that was placed at `now`, between browsers.
pub fn call(id: CallId, now: UnixMillis) -> Call {
    Call {
        id,
        url: UrlId::from_bytes([1; 8]),
        remote_id: RemoteId::try_from("alice@example.com".to_owned()).expect("it is short"),
        call_type: CallType::Audio,
        session: ProviderSession {
            provider: "direct".to_owned(),
            api_key: String::new(),
            session_id: id.to_string(),
            server_url: "wss://channel.example.org/live".to_owned(),
        },
        callee_token: ParticipantToken::new("a participant's token"),
        caller_token: None,
        expires_at: now.seconds().after(LIFETIME),
        slot_expires_at: now.seconds().after(LIFETIME),
    }
}
