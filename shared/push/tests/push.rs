//! Pings as a push service receives them, and the ways in which a push service can respond or fail.

#![allow(clippy::unwrap_used, reason = "this is test code: a panic is its way to report")]

use std::time::{Duration, Instant};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use futures_util::future::join_all;
use loop_core::{
    CallId, CallVersion, Device, DeviceId, PushKind, PushTarget, Settings, UnixMillis,
};
use loop_push::{Outcome, Ping, Pusher, VapidKey};
use loop_testkit::{Behaviour, PushReceiver, ReceivedPush};
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey},
};

/// The deadline of every ping in these tests.
const DEADLINE: Duration = Duration::from_millis(300);
/// The time that a busy machine may add to the deadline. It is far less than a second deadline
/// would add.
const TOLERANCE: Duration = Duration::from_millis(250);
const PING: Ping = Ping {
    version: CallVersion::new(1_700_000_000_123),
    call: CallId::from_bytes([0xfb; 16]),
    rings_for: Duration::from_secs(120),
    now: UnixMillis::new(1_700_000_000_125),
};

fn pusher(more: &[(&str, &str)]) -> Pusher {
    let mut settings = Settings::new(|name| match name {
        "LOOP_PUSH_HOSTS" => Some("localhost".to_owned()),
        "LOOP_PUSH_TIMEOUT_MS" => Some(DEADLINE.as_millis().to_string()),
        _ => more.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()),
    });
    let pusher = Pusher::from_settings(&mut settings);
    settings.finish(pusher).unwrap()
}

fn device(kind: PushKind, push_url: String) -> Device {
    Device {
        id: DeviceId::of_push_url(&push_url),
        target: PushTarget::new(kind, push_url),
        registered_at: UnixMillis::new(0),
        expires_at: PING.now.seconds().after(Duration::from_secs(1)),
    }
}

/// Returns the headers without those that only name the client and the server.
fn headers(request: &ReceivedPush) -> Vec<(&str, &str)> {
    let mut headers: Vec<_> = request
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .filter(|(name, _)| !["host", "accept", "user-agent"].contains(name))
        .collect();
    headers.sort_unstable();
    headers
}

async fn only_request(service: &PushReceiver) -> ReceivedPush {
    let [request] = service.wait_for(1, DEADLINE).await.unwrap().try_into().unwrap();
    request
}

#[tokio::test]
async fn simple_push_is_a_put_with_the_version() {
    let service = PushReceiver::start().await;
    let device = device(PushKind::SimplePush, service.url("/update/abc?d=e"));
    assert_eq!(pusher(&[]).ring(&device, &PING).await, Outcome::Accepted);
    let request = only_request(&service).await;
    assert_eq!((request.method.as_str(), request.path.as_str()), ("PUT", "/update/abc?d=e"));
    assert_eq!(request.body, b"version=1700000000123");
    assert_eq!(
        headers(&request),
        [("content-length", "21"), ("content-type", "application/x-www-form-urlencoded")]
    );
}

#[tokio::test]
async fn web_push_is_an_empty_post_that_lives_as_long_as_the_call_rings() {
    let service = PushReceiver::start().await;
    let device = device(PushKind::WebPush, service.url("/wpush/v2/abc"));
    assert_eq!(pusher(&[]).ring(&device, &PING).await, Outcome::Accepted);
    let request = only_request(&service).await;
    assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/wpush/v2/abc"));
    assert_eq!(request.body, b"");
    assert_eq!(
        headers(&request),
        [
            ("content-length", "0"),
            ("topic", "-_v7-_v7-_v7-_v7-_v7-w"),
            ("ttl", "120"),
            ("urgency", "high"),
        ]
    );
}

#[tokio::test]
async fn web_push_is_signed_for_the_service_and_simple_push_is_not() {
    let service = PushReceiver::start().await;
    let key = VapidKey::generate(&SystemRandom::new()).unwrap();
    let pusher =
        pusher(&[("LOOP_VAPID_KEY", &key), ("LOOP_VAPID_SUBJECT", "mailto:ops@example.org")]);
    let url = service.url("/wpush");
    for kind in [PushKind::WebPush, PushKind::SimplePush] {
        assert_eq!(pusher.ring(&device(kind, url.clone()), &PING).await, Outcome::Accepted);
    }
    let [web_push, simple_push] = service.wait_for(2, DEADLINE).await.unwrap().try_into().unwrap();
    assert_eq!(simple_push.headers.get("authorization"), None);
    let (token, public_key) = web_push.headers["authorization"]
        .strip_prefix("vapid t=")
        .and_then(|rest| rest.split_once(", k="))
        .unwrap();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, decode(public_key))
        .verify(signed.as_bytes(), &decode(signature))
        .unwrap();
    let claims: serde_json::Value =
        serde_json::from_slice(&decode(signed.split_once('.').unwrap().1)).unwrap();
    let origin = url.strip_suffix("/wpush").unwrap();
    assert_eq!(
        claims,
        serde_json::json!({
            "aud": origin, "exp": 1_700_043_200, "sub": "mailto:ops@example.org"
        })
    );
}

#[tokio::test]
async fn every_status_has_its_outcome() {
    let service = PushReceiver::start().await;
    let pusher = pusher(&[]);
    for (status, expected) in [
        (200, Outcome::Accepted),
        (201, Outcome::Accepted),
        (202, Outcome::Accepted),
        (204, Outcome::Accepted),
        (404, Outcome::Gone),
        (410, Outcome::Gone),
        (304, Outcome::Refused(304)),
        (400, Outcome::Refused(400)),
        (401, Outcome::Refused(401)),
        (429, Outcome::Refused(429)),
        (500, Outcome::Refused(500)),
        (503, Outcome::Refused(503)),
    ] {
        for kind in [PushKind::SimplePush, PushKind::WebPush] {
            service.respond("/status", Behaviour::Status(status));
            let device = device(kind, service.url("/status"));
            assert_eq!(pusher.ring(&device, &PING).await, expected, "{status}");
        }
    }
}

#[tokio::test]
async fn a_fault_that_passes_costs_a_second_try_and_nothing_more() {
    let service = PushReceiver::start().await;
    let pusher = pusher(&[]);
    let busy = |status, seconds: &str| Behaviour::RetryAfter(status, seconds.to_owned());
    let mut requests = 0;
    for (first, expected, tries) in [
        (Behaviour::Status(500), Outcome::Accepted, 2),
        (Behaviour::Status(503), Outcome::Accepted, 2),
        (busy(429, "0"), Outcome::Accepted, 2),
        (busy(503, "0"), Outcome::Accepted, 2),
        // The push service says that there is no point in coming back before the deadline, or does
        // not say when to come back.
        (busy(429, "1"), Outcome::Refused(429), 1),
        (busy(503, "3600"), Outcome::Refused(503), 1),
        (busy(503, "Fri, 31 Dec 1999 23:59:59 GMT"), Outcome::Refused(503), 1),
        (Behaviour::Status(429), Outcome::Refused(429), 1),
        (Behaviour::Status(413), Outcome::Refused(413), 1),
        (busy(413, "0"), Outcome::Refused(413), 1),
        (Behaviour::Close, Outcome::Unreachable, 1),
    ] {
        for kind in [PushKind::SimplePush, PushKind::WebPush] {
            service.respond_once("/passes", first.clone());
            let device = device(kind, service.url("/passes"));
            assert_eq!(pusher.ring(&device, &PING).await, expected, "{first:?}");
            requests += tries;
            assert_eq!(service.received().len(), requests, "{first:?}");
        }
    }
}

#[tokio::test]
async fn there_is_no_third_try_and_no_second_deadline() {
    let service = PushReceiver::start().await;
    let pusher = pusher(&[]);
    let device = device(PushKind::WebPush, service.url("/fails"));
    service.respond("/fails", Behaviour::Status(503));
    assert_eq!(pusher.ring(&device, &PING).await, Outcome::Refused(503));
    assert_eq!(service.received().len(), 2);

    service.respond_once("/fails", Behaviour::Status(503));
    service.respond("/fails", Behaviour::Hang);
    let start = Instant::now();
    assert_eq!(pusher.ring(&device, &PING).await, Outcome::TimedOut);
    assert!(start.elapsed() < DEADLINE + TOLERANCE, "{:?}", start.elapsed());
    let received = service.received();
    let [.., first, second] = received.as_slice() else { panic!("{received:?}") };
    assert_eq!(first, second, "the same ping");
}

#[tokio::test]
async fn a_redirect_is_refused_and_its_target_never_called() {
    let service = PushReceiver::start().await;
    let target = PushReceiver::start().await;
    service.respond("/moved", Behaviour::Redirect(target.url("/inside")));
    let device = device(PushKind::WebPush, service.url("/moved"));
    let outcome = pusher(&[]).ring(&device, &PING).await;
    assert!(matches!(outcome, Outcome::Refused(300..=399)), "{outcome:?}");
    only_request(&service).await;
    assert!(target.received().is_empty());
}

#[tokio::test]
async fn every_failure_has_its_outcome_within_the_deadline() {
    let service = PushReceiver::start().await;
    let pusher = pusher(&[]);
    for (path, behaviour, expected) in [
        ("/hang", Behaviour::Hang, Outcome::TimedOut),
        ("/slow", Behaviour::Slow(DEADLINE * 4, 200), Outcome::TimedOut),
        ("/late", Behaviour::Slow(DEADLINE / 3, 201), Outcome::Accepted),
        ("/endless", Behaviour::Endless, Outcome::Accepted),
        ("/close", Behaviour::Close, Outcome::Unreachable),
    ] {
        service.respond(path, behaviour);
        for kind in [PushKind::SimplePush, PushKind::WebPush] {
            let start = Instant::now();
            let outcome = pusher.ring(&device(kind, service.url(path)), &PING).await;
            let took = start.elapsed();
            assert_eq!(outcome, expected, "{path}");
            assert!(took < DEADLINE + TOLERANCE, "{path}: {took:?}");
        }
    }
}

#[tokio::test]
async fn nobody_there_is_unreachable() {
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    drop(socket);
    let device = device(PushKind::WebPush, format!("http://{address}/"));
    assert_eq!(pusher(&[]).ring(&device, &PING).await, Outcome::Unreachable);
}

#[tokio::test]
async fn a_url_that_the_policy_does_not_have_is_not_called() {
    let service = PushReceiver::start().await;
    for url in [
        service.url("/a").replace("localhost", "127.0.0.2"),
        service.url("/a").replace("http://", "https://"),
        "https://fcm.googleapis.com/fcm/send/a".to_owned(),
        "not a URL".to_owned(),
    ] {
        let outcome = pusher(&[]).ring(&device(PushKind::WebPush, url), &PING).await;
        assert_eq!(outcome, Outcome::NotAllowed);
    }
    assert!(service.received().is_empty());
}

#[tokio::test]
async fn many_devices_at_once_take_one_deadline() {
    let service = PushReceiver::start().await;
    service.respond("/hang", Behaviour::Hang);
    service.respond("/gone", Behaviour::Status(410));
    let mut devices = Vec::new();
    let mut expected = Vec::new();
    for _ in 0..6 {
        for (path, outcome) in
            [("/hang", Outcome::TimedOut), ("/gone", Outcome::Gone), ("/good", Outcome::Accepted)]
        {
            devices.push(device(PushKind::WebPush, service.url(path)));
            expected.push(outcome);
        }
    }
    let start = Instant::now();
    let pusher = pusher(&[]);
    let outcomes = join_all(devices.iter().map(|device| pusher.ring(device, &PING))).await;
    let took = start.elapsed();
    assert_eq!(outcomes, expected);
    assert!(took >= DEADLINE && took < DEADLINE + TOLERANCE, "{took:?}");
}

#[tokio::test]
async fn no_ping_depends_on_a_connection_of_an_earlier_one() {
    let service = PushReceiver::start().await;
    let pusher = pusher(&[]);
    for _ in 0..3 {
        let device = device(PushKind::WebPush, service.url("/a"));
        assert_eq!(pusher.ring(&device, &PING).await, Outcome::Accepted);
    }
    assert_eq!(service.connections(), 3);
}
