//! The limits on the messages of one connection.

use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use crate::{
    party::{
        expect_end, expect_refusal, expect_seen, hello, over, peer, place, progress, signal,
        until_connections,
    },
    socket::{Seen, Socket},
    world::World,
};

/// The limits that `docs/call-channel.md` states.
const MESSAGE_MAX_BYTES: usize = 16 * 1024;
const MESSAGES_MAX: usize = 400;

#[tokio::test]
async fn an_over_long_message_closes_the_socket() {
    let world = World::new().await;
    let (mut alice, mut bob) = place(&world).await.connecting().await;
    let empty = signal(json!("")).to_string().len();
    let longest = signal(json!("x".repeat(MESSAGE_MAX_BYTES - empty)));
    alice.send(&longest).await;
    expect_seen(&mut alice, &[]).await;
    expect_seen(&mut bob, &[Seen::Message(longest)]).await;
    alice.send(&signal(json!("x".repeat(MESSAGE_MAX_BYTES - empty + 1)))).await;
    expect_refusal(&mut alice, 113, true).await;
    assert_eq!(bob.next().await, peer("away"));
}

#[tokio::test]
async fn what_not_even_the_gateway_takes_closes_it_too() {
    for (frame, code) in
        [(Message::text("x".repeat(64 * 1024)), 1009), (Message::binary(vec![1]), 1003)]
    {
        let world = World::new().await;
        let (mut alice, mut bob) = place(&world).await.both().await;
        alice.send_frame(frame).await;
        expect_end(&mut alice, &[Seen::Closed(Some(code))]).await;
        expect_end(&mut bob, &over("cancel")).await;
        until_connections(&world, 0).await;
    }
}

#[tokio::test]
async fn a_flood_closes_the_socket() {
    let world = World::new().await;
    let call = place(&world).await;
    let mut alice = call.caller().await;
    let ping = json!({ "type": "ping" });
    // Messages are counted from hello on.
    for _ in 0..MESSAGES_MAX {
        alice.send(&ping).await;
    }
    for _ in 0..MESSAGES_MAX {
        assert_eq!(alice.message().await, json!({ "type": "pong" }));
    }
    alice.send(&ping).await;
    expect_refusal(&mut alice, 117, true).await;
    until_connections(&world, 0).await;
    call.expect_over("cancel").await;
}

#[tokio::test]
async fn a_token_opens_so_many_connections_and_no_more() {
    let world = World::new().await;
    let call = place(&world).await;
    let mut alice = call.caller().await;
    for _ in 1..40 {
        alice = call.caller().await;
    }
    let mut one_more = Socket::open(&call.url).await;
    one_more.send(&hello(&call.caller_token)).await;
    expect_refusal(&mut one_more, 117, true).await;
    expect_seen(&mut alice, &[]).await;
    let _bob = call.device().await;
    expect_seen(&mut alice, &[progress("alerting")]).await;
}

#[tokio::test]
async fn twenty_devices_may_listen() {
    let world = World::new().await;
    let call = place(&world).await;
    let mut devices = Vec::new();
    for _ in 0..20 {
        devices.push(call.device().await);
    }
    let mut one_more = Socket::open(&call.url).await;
    one_more.send(&hello(&call.callee_token)).await;
    expect_refusal(&mut one_more, 117, true).await;
    for device in &mut devices {
        expect_seen(device, &[]).await;
    }
}
