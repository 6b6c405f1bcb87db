//! The whole story, from Bob's registration to the expiry of Alice's call.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use loop_core::{
    Admission, KeyRing, Participant, UnixSeconds, limits::PENDING_CALLS_PER_CALLEE, progress::Role,
};
use reqwest::StatusCode;
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde_json::{Value, json};

use crate::world::{BEGINNING, SOON, World};

#[tokio::test]
async fn alice_calls_and_bob_is_rung_through_simple_push() {
    let world = World::new().await;
    let mut bob = world.browser();
    let push_url = world.push.url("/bob");
    let registered = bob.post("/registration", json!({ "simple_push_url": push_url })).await;
    let registered = registered.expect(StatusCode::OK);
    assert!(registered["expires_at"].as_u64().unwrap() > BEGINNING);
    assert!(bob.cookie.is_some());

    let (path, made) = bob.link(86_400).await;
    assert_eq!(made["expires_at"], BEGINNING + 86_400);
    assert_eq!(made["call_url"], format!("{}{path}", world.server.url()));

    let mut alice = world.browser();
    let page = alice.page(&path).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("Do you want to call <bdi>Bob</bdi>?"));
    let opened = alice.get(&path).await.expect(StatusCode::OK);
    assert_eq!(
        opened,
        json!({
            "callee_name": "Bob", "remote_id": "alice@example.com",
            "expires_at": BEGINNING + 86_400,
        })
    );

    let placed = alice.call(&path).await.expect(StatusCode::OK);
    assert_eq!(placed["notified"], true);
    assert_eq!(placed["expires_at"], BEGINNING + 120);

    let pings = world.push.wait_for(1, SOON).await.unwrap();
    assert_eq!((pings[0].method.as_str(), pings[0].path.as_str()), ("PUT", "/bob"));
    assert_eq!(pings[0].headers["content-type"], "application/x-www-form-urlencoded");
    let body = String::from_utf8(pings[0].body.clone()).unwrap();
    let version: u64 = body.strip_prefix("version=").unwrap().parse().unwrap();
    let slots = u64::from(PENDING_CALLS_PER_CALLEE);
    assert!((BEGINNING * 1000..BEGINNING * 1000 + slots).contains(&version));

    let listed = bob.get(&format!("/calls?version={version}")).await.expect(StatusCode::OK);
    let call = only_call(&listed);
    assert_eq!(call["version"], version);
    assert_eq!(call["call_id"], placed["call_id"]);
    assert_eq!(call["remote_id"], "alice@example.com");
    assert_eq!(call["call_type"], "audio-video");
    expect_same_session(&placed, call);
    assert_eq!((&call["provider"], &call["session_id"]), (&json!("direct"), &call["call_id"]));
    let (hers, his) = (participant(&world, &placed), participant(&world, call));
    assert_eq!((hers.role, his.role), (Role::Caller, Role::Callee));
    assert_eq!(hers, Participant { role: Role::Caller, ..his });
    assert_eq!(hers.call.to_string(), call["call_id"].as_str().unwrap());
    assert_eq!(hers.expires_at, UnixSeconds::try_from(BEGINNING + 120 + 60).unwrap());

    let later = bob.get(&format!("/calls?version={}", version + 1)).await.expect(StatusCode::OK);
    assert_eq!(later, json!({ "calls": [] }));
    assert_eq!(bob.get("/calls/").await.expect(StatusCode::OK), listed);

    // Alice does not come to the channel.
    world.just_before(15);
    only_call(&bob.get("/calls").await.expect(StatusCode::OK));
    world.after(15);
    assert_eq!(bob.get("/calls").await.expect(StatusCode::OK), json!({ "calls": [] }));
    assert_eq!(world.push.received().len(), 1, "exactly one ping");
}

#[tokio::test]
async fn alice_calls_and_bob_is_rung_through_web_push() {
    let world = World::new().await;
    let mut bob = world.browser();
    let service = bob.get("/").await.expect(StatusCode::OK);
    let public_key = service["vapid_public_key"].as_str().unwrap();
    let subscription = json!({
        "endpoint": world.push.url("/wpush/v2/bob"),
        "expirationTime": null,
        "keys": { "p256dh": "BA", "auth": "AA" },
    });
    let registration = json!({ "push_subscription": subscription });
    bob.post("/registration", registration).await.expect(StatusCode::OK);
    let (path, _) = bob.link(60).await;
    let placed = world.browser().call(&path).await.expect(StatusCode::OK);
    assert_eq!(placed["notified"], true);

    let pings = world.push.wait_for(1, SOON).await.unwrap();
    let ping = &pings[0];
    assert_eq!((ping.method.as_str(), ping.path.as_str()), ("POST", "/wpush/v2/bob"));
    assert!(ping.body.is_empty());
    assert_eq!(ping.headers["ttl"], "120");
    assert_eq!(ping.headers["urgency"], "high");
    assert_eq!(ping.headers["topic"], placed["call_id"].as_str().unwrap());

    let authorization = &ping.headers["authorization"];
    let (token, key) = authorization.strip_prefix("vapid t=").unwrap().split_once(", k=").unwrap();
    assert_eq!(key, public_key);
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, decode(key))
        .verify(signed.as_bytes(), &decode(signature))
        .unwrap();
    let claims: Value = serde_json::from_slice(&decode(signed.split_once('.').unwrap().1)).unwrap();
    assert_eq!(claims["aud"], world.push.url(""));
    let lifetime = claims["exp"].as_u64().unwrap() - BEGINNING;
    assert!((1..=86_400).contains(&lifetime), "RFC 8292 allows 24 hours, not {lifetime} s");

    only_call(&bob.get("/calls").await.expect(StatusCode::OK));
}

#[tokio::test]
async fn livekit_gives_both_the_same_room_and_tokens_of_their_own() {
    let world = World::with(&[("LOOP_PROVIDER", "livekit")]).await;
    let mut bob = world.registered("/bob").await;
    let (path, _) = bob.link(600).await;
    let placed = world.browser().call(&path).await.expect(StatusCode::OK);
    let listed = bob.get("/calls").await.expect(StatusCode::OK);
    let call = only_call(&listed);
    expect_same_session(&placed, call);
    assert_eq!(call["provider"], "livekit");
    let (hers, his) = (claims(&placed["session_token"]), claims(&call["session_token"]));
    assert_eq!(hers["video"]["room"], his["video"]["room"]);
    assert_eq!(hers["video"]["room"], placed["session_id"]);
    assert_ne!(hers["sub"], his["sub"]);
}

#[tokio::test]
async fn a_revoked_link_no_longer_rings_and_only_its_maker_can_revoke_it() {
    let world = World::new().await;
    let mut bob = world.registered("/bob").await;
    let mut eve = world.registered("/eve").await;
    let (path, made) = bob.link(600).await;
    let (other_path, _) = bob.link(600).await;
    let revocation = format!("/call-url/{}", made["call_token"].as_str().unwrap());
    eve.delete(&revocation).await.expect_error(404, 105);
    world.browser().call(&path).await.expect(StatusCode::OK);

    bob.delete(&revocation).await.expect(StatusCode::NO_CONTENT);
    bob.delete(&revocation).await.expect(StatusCode::NO_CONTENT);
    world.browser().call(&path).await.expect_error(410, 111);
    world.browser().call(&other_path).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn a_link_ends_exactly_when_it_says() {
    let world = World::new().await;
    let mut bob = world.registered("/bob").await;
    let (path, made) = bob.link(600).await;
    let mut alice = world.browser();
    world.just_before(600);
    alice.get(&path).await.expect(StatusCode::OK);
    alice.call(&path).await.expect(StatusCode::OK);
    world.after(600);
    alice.get(&path).await.expect_error(410, 111);
    alice.call(&path).await.expect_error(410, 111);
    let revocation = format!("/call-url/{}", made["call_token"].as_str().unwrap());
    bob.delete(&revocation).await.expect_error(410, 111);
}

#[tokio::test]
async fn one_request_leaves_one_log_line_without_secrets() {
    let world = World::new().await;
    let mut bob = world.registered("/secret-push-path").await;
    let (path, made) = bob.link(600).await;
    let placed = world.browser().call(&path).await.expect(StatusCode::OK);
    bob.get("/calls?version=1").await.expect(StatusCode::OK);
    world.browser().page("/calls/nonsense").await;

    let lines = world.log.lines();
    let routes: Vec<_> = lines.iter().map(|line| line["route"].as_str().unwrap()).collect();
    assert_eq!(
        routes,
        [
            "POST /registration",
            "POST /call-url",
            "POST /calls/{token}",
            "GET /calls",
            "GET /calls/{token}"
        ]
    );
    assert_eq!(lines[2]["notified"], 1);
    assert_eq!(lines[2]["pings"], json!({ "accepted": 1 }));
    assert_eq!((&lines[4]["status"], &lines[4]["errno"]), (&json!(404), &json!(105)));
    let text = world.log.text();
    let cookie = bob.cookie.unwrap();
    for secret in [
        made["call_token"].as_str().unwrap(),
        placed["session_token"].as_str().unwrap(),
        cookie.split_once('=').unwrap().1,
        "secret-push-path",
        "alice@example.com",
        "nonsense",
    ] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

pub(crate) fn calls(listed: &Value) -> &[Value] {
    listed["calls"].as_array().unwrap()
}

#[track_caller]
pub(crate) fn only_call(listed: &Value) -> &Value {
    let [call] = calls(listed) else { panic!("not exactly one call: {listed}") };
    call
}

#[track_caller]
fn expect_same_session(placed: &Value, call: &Value) {
    for same in ["provider", "api_key", "session_id", "server_url", "expires_at"] {
        assert_eq!(call[same], placed[same], "{same}");
        assert!(!call[same].is_null(), "{same}");
    }
    assert_ne!(call["session_token"], placed["session_token"]);
}

/// Returns the content of a token of the `direct` provider.
fn participant(world: &World, call: &Value) -> Participant {
    let keys = world.server.environment().get("LOOP_TOKEN_KEYS").unwrap();
    let keys: KeyRing = keys.parse().unwrap();
    let token = call["session_token"].as_str().unwrap();
    let beginning = UnixSeconds::try_from(BEGINNING).unwrap();
    *Admission::verify(&keys.keys(), token, beginning).unwrap().participant()
}

fn claims(token: &Value) -> Value {
    let part = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}
