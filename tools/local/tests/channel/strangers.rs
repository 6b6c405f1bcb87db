//! Connections that may not join a call, and messages that no party may send.

use loop_core::{Admission, KeyRing, Participant, UnixSeconds};
use serde_json::json;

use crate::{
    party::{
        action, expect_end, expect_refusal, expect_seen, hello, over, place, progress, signal,
        terminate, until_connections,
    },
    socket::{Seen, Socket},
    world::{BEGINNING, World},
};

#[tokio::test]
async fn what_is_not_a_token_of_a_participant_lets_nobody_in() {
    let world = World::new().await;
    let call = place(&world).await;
    let (mut alice, mut bob) = call.both().await;
    let keys: KeyRing = world.server.environment().get("LOOP_TOKEN_KEYS").unwrap().parse().unwrap();
    let beginning = UnixSeconds::try_from(BEGINNING).unwrap();
    let admission = Admission::verify(&keys.keys(), &call.caller_token, beginning).unwrap();
    let expired = Participant { expires_at: beginning, ..*admission.participant() };
    let foreign: KeyRing = "1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8".parse().unwrap();
    let (_, session) = call.bob.cookie.as_deref().unwrap().split_once('=').unwrap();
    let mut refused = vec![
        ("empty".to_owned(), String::new()),
        ("of a session".to_owned(), session.to_owned()),
        ("expired".to_owned(), expired.sign(&keys.keys()).expose().to_owned()),
        (
            "signed by somebody else".to_owned(),
            admission.participant().sign(&foreign.keys()).expose().to_owned(),
        ),
        ("padded".to_owned(), format!("{}=", call.caller_token)),
        ("cut".to_owned(), call.caller_token[..call.caller_token.len() - 1].to_owned()),
    ];
    for place in (0..call.caller_token.len()).step_by(7) {
        refused.push((format!("altered at {place}"), altered(&call.caller_token, place)));
    }
    for (what, token) in refused {
        println!("{what}");
        let mut socket = Socket::open(&call.url).await;
        socket.send(&hello(&token)).await;
        expect_refusal(&mut socket, 110, true).await;
    }
    until_connections(&world, 2).await;
    expect_seen(&mut alice, &[]).await;
    expect_seen(&mut bob, &[]).await;
    let log = world.log.text();
    assert!(!log.contains(&call.caller_token) && !log.contains(session));
}

#[tokio::test]
async fn a_token_lets_nobody_into_another_call() {
    let world = World::new().await;
    let call = place(&world).await;
    let (mut alice, mut bob) = call.connecting().await;
    // Of two calls: the refusal closes the connection, and that would end a call that they share.
    let (mut mallory, _callee) = place(&world).await.connecting().await;
    let (_caller, mut eve) = place(&world).await.connecting().await;
    for stranger in [&mut mallory, &mut eve] {
        stranger.send(&hello(&call.caller_token)).await;
        expect_refusal(stranger, 110, true).await;
    }
    expect_seen(&mut alice, &[]).await;
    expect_seen(&mut bob, &[]).await;

    let (mut mallory, mut eve) = place(&world).await.connecting().await;
    mallory.send(&signal(json!("for Eve"))).await;
    expect_seen(&mut mallory, &[]).await;
    expect_seen(&mut eve, &[Seen::Message(signal(json!("for Eve")))]).await;
    mallory.send(&terminate("cancel")).await;
    let _ = mallory.next().await;
    expect_seen(&mut alice, &[]).await;
    expect_seen(&mut bob, &[]).await;
}

#[tokio::test]
async fn a_token_of_one_side_is_not_good_for_the_other() {
    let world = World::new().await;
    let call = place(&world).await;
    let (mut alice, mut bob) = call.both().await;
    alice.send(&action("accept")).await;
    expect_refusal(&mut alice, 107, false).await;
    alice.send(&hello(&call.callee_token)).await;
    expect_refusal(&mut alice, 110, true).await;
    expect_end(&mut bob, &over("cancel")).await;
}

#[tokio::test]
async fn before_hello_there_is_nothing_but_hello() {
    let world = World::new().await;
    let call = place(&world).await;
    let (mut alice, mut bob) = call.connecting().await;
    for message in [
        signal(json!("hello?")),
        action("accept"),
        action("media-up"),
        terminate("closed"),
        json!({ "type": "ping" }),
        json!({ "type": "unheard-of" }),
        json!({ "type": "hello" }),
        json!([]),
    ] {
        let mut socket = Socket::open(&call.url).await;
        socket.send(&message).await;
        expect_refusal(&mut socket, 110, true).await;
    }
    until_connections(&world, 2).await;
    expect_seen(&mut alice, &[]).await;
    expect_seen(&mut bob, &[]).await;
}

#[tokio::test]
async fn a_token_ends_when_it_says() {
    let world = World::new().await;
    let call = place(&world).await;
    world.after(180);
    let mut socket = Socket::open(&call.url).await;
    socket.send(&hello(&call.caller_token)).await;
    expect_refusal(&mut socket, 110, true).await;
}

#[tokio::test]
async fn only_own_and_allowed_sites_may_connect() {
    const FRIEND: &str = "https://friend.example";
    let world = World::with(&[("LOOP_ALLOWED_ORIGINS", FRIEND)]).await;
    let url = world.server.environment().get("LOOP_CHANNEL_URL").unwrap();
    let own = world.server.url();
    for origin in [FRIEND, &own] {
        assert!(Socket::try_open(&url, &[("origin", origin)]).await.is_ok(), "{origin}");
    }
    for origin in ["https://evil.example", "null", "http://localhost"] {
        let refused = Socket::try_open(&url, &[("origin", origin)]).await;
        assert_eq!(refused.err(), Some(403), "{origin}");
    }
    until_connections(&world, 0).await;
}

#[tokio::test]
async fn what_is_wrong_with_a_message_is_said() {
    let world = World::new().await;
    let call = place(&world).await;
    let (mut alice, mut bob) = call.both().await;
    for (message, errno) in [
        (json!([]), 106),
        (json!("hello"), 106),
        (json!({}), 108),
        (json!({ "type": 7 }), 107),
        (json!({ "type": "unheard-of" }), 107),
        (json!({ "type": "action" }), 108),
        (json!({ "type": "action", "event": "unheard-of" }), 107),
        (json!({ "type": "action", "event": "terminate" }), 108),
        (json!({ "type": "action", "event": "terminate", "reason": "unheard-of" }), 107),
        (json!({ "type": "signal" }), 108),
        (json!({ "type": "hello" }), 108),
    ] {
        println!("{message}");
        alice.send(&message).await;
        expect_refusal(&mut alice, errno, false).await;
    }
    bob.send(&json!({ "type": "action", "event": "accept", "unknown": { "field": 1 } })).await;
    expect_seen(&mut bob, &[progress("connecting")]).await;
}

fn altered(token: &str, place: usize) -> String {
    let mut bytes = token.as_bytes().to_vec();
    bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
    String::from_utf8(bytes).unwrap()
}
