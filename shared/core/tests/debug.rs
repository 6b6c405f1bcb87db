//! The output of `Debug` and of messages: enough to find a fault, and nothing that opens a door or
//! names a person.

#![expect(
    clippy::unwrap_used,
    reason = "clippy.toml allows it inside test functions, not in what those share"
)]

use loop_core::{
    Call, CallId, CallToken, CallType, CallUrlClaims, CalleeName, Device, DeviceId, IdError,
    KeyRing, ParticipantToken, ProviderSession, PushTarget, RemoteId, Secret, Session, Settings,
    TokenError, UnavailableError, UnixMillis, UnixSeconds, UrlId, UserId,
    progress::{ConnectionId, Role},
};

const KEY_SECRET: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

fn second(second: u64) -> UnixSeconds {
    UnixSeconds::try_from(second).unwrap()
}

fn ring() -> KeyRing {
    format!("7:{KEY_SECRET}").parse().unwrap()
}

fn remote_id() -> RemoteId {
    RemoteId::try_from("alice@example.com".to_owned()).unwrap()
}

#[test]
fn tokens_and_secrets_say_only_what_they_are() {
    let claims = CallUrlClaims {
        expires_at: second(9),
        url_id: UrlId::from_bytes([1; 8]),
        callee: UserId::from_bytes([2; 16]),
        remote_id: remote_id(),
        callee_name: Some(CalleeName::try_from("Bob".to_owned()).unwrap()),
    };
    let session = Session::begin(UserId::from_bytes([2; 16]), second(9)).sign(&ring().keys());
    for (shown, expected) in [
        (format!("{:?}", CallToken::sign(&ring().keys(), &claims)), "CallToken(hidden)"),
        (format!("{session:?}"), "SessionToken(hidden)"),
        (format!("{:?}", Secret::new("hunter2")), "Secret(hidden)"),
        (format!("{:?}", ParticipantToken::new("hunter2")), "ParticipantToken(Secret(hidden))"),
        (format!("{:?}", ring()), "KeyRing([7])"),
        (format!("{:?}", ConnectionId::new("L0SM9cOFvHcCIhw=")), "ConnectionId(L0SM9cOFvHcCIhw=)"),
        (Role::Caller.name().to_owned(), "caller"),
        (Role::Callee.name().to_owned(), "callee"),
        (TokenError::Invalid.to_string(), "not a valid token"),
        (TokenError::Expired.to_string(), "the token has expired"),
        (UnavailableError::new("PutItem: timeout").to_string(), "PutItem: timeout"),
        (UnavailableError::new("PutItem: timeout").cause().to_owned(), "PutItem: timeout"),
        (UnavailableError::new("PutItem: timeout").into_cause().into_owned(), "PutItem: timeout"),
        (IdError.to_string(), "not an id: base64url of the right length, without padding"),
    ] {
        assert_eq!(shown, expected);
    }
    let shown = format!("{claims:?}");
    assert!(shown.contains("RemoteId(17 bytes)") && !shown.contains("alice"), "{shown}");
    assert!(shown.contains("CalleeName(3 bytes)") && !shown.contains("Bob"), "{shown}");
}

#[test]
fn calls_and_devices_show_their_ids_and_times() {
    let call = Call {
        id: CallId::from_bytes([0; 16]),
        url: UrlId::from_bytes([1; 8]),
        remote_id: remote_id(),
        call_type: CallType::Audio,
        session: ProviderSession {
            provider: "direct".to_owned(),
            api_key: "key".to_owned(),
            session_id: "room".to_owned(),
            server_url: "wss://example.org".to_owned(),
        },
        callee_token: ParticipantToken::new("callee-token"),
        caller_token: Some(ParticipantToken::new("caller-token")),
        expires_at: second(9),
        slot_expires_at: second(9),
    };
    assert_eq!(
        format!("{call:?}"),
        "Call { id: CallId(AAAAAAAAAAAAAAAAAAAAAA), expires_at: UnixSeconds(9), .. }"
    );
    let device = Device {
        id: DeviceId::from_bytes([0; 16]),
        target: PushTarget::WebPush("https://push.example.org/secret".to_owned()),
        registered_at: UnixMillis::new(8000),
        expires_at: second(9),
    };
    assert_eq!(
        format!("{device:?}"),
        "Device { id: DeviceId(AAAAAAAAAAAAAAAAAAAAAA), target: WebPush(hidden), \
         registered_at: UnixMillis(8000), expires_at: UnixSeconds(9) }"
    );
}

#[test]
fn settings_show_faults_and_no_values() {
    let mut settings = Settings::new(|_| Some("hunter2".to_owned()));
    let port = settings.required("PORT", |text| text.parse::<u16>().map_err(|_| "a port".into()));
    assert_eq!(port, None);
    assert_eq!(format!("{settings:?}"), "Settings { faults: [\"PORT: a port\"], .. }");
}
