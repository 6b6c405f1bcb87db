//! Messages that are too long, too many, or unreadable.

use loop_channel::{MESSAGE_MAX_BYTES, MESSAGES_MAX};
use loop_core::{limits::DEVICES_PER_USER, progress::Role};
use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn an_over_long_message_closes_the_connection() {
    let world = World::connecting().await;
    let longest = "x".repeat(MESSAGE_MAX_BYTES - r#"{"data":"","type":"signal"}"#.len());
    assert_eq!(world.signal("alice=", json!(longest)).await.len(), 1);
    let too_long = world.signal("alice=", json!(longest + "x")).await;
    assert_eq!(too_long, ["alice=: error 113", "alice=: closed"]);
    let world = World::new().await;
    world.send("x=", &" ".repeat(MESSAGE_MAX_BYTES + 1)).await.unwrap();
    assert_eq!(world.heard(), ["x=: error 113", "x=: closed"]);
    assert!(world.wire.take().is_empty(), "and costs nothing");
}

#[tokio::test]
async fn a_flood_closes_the_connection() {
    let world = World::connecting().await;
    for _ in 0..MESSAGES_MAX {
        world.send("alice=", r#"{"type":"ping"}"#).await.unwrap();
    }
    assert_eq!(world.heard(), vec!["alice=: pong"; 400]);
    let flood = world.signal("alice=", json!(1)).await;
    assert_eq!(flood, ["alice=: error 117", "alice=: closed"]);
    assert!(world.say("alice=", json!({ "type": "ping" })).await.is_empty(), "it is closed");
}

#[tokio::test]
async fn an_unreadable_message_changes_nothing() {
    let world = World::connecting().await;
    for (text, errno) in [
        ("", 106),
        ("[]", 106),
        (r#"{"type":"dance"}"#, 107),
        (r#"{"type":"action","event":"hold"}"#, 107),
        (r#"{"type":"action","event":"terminate","reason":"boredom"}"#, 107),
        (r#"{"type":"action"}"#, 108),
        ("{}", 108),
    ] {
        world.send("alice=", text).await.unwrap();
        assert_eq!(world.heard(), [format!("alice=: error {errno}")], "{text}");
    }
    assert_eq!(world.signal("alice=", json!(1)).await, ["laptop=: signal 1"]);
}

#[tokio::test]
async fn the_number_of_devices_is_limited() {
    let world = World::new().await;
    for device in 0..DEVICES_PER_USER {
        world.hello(&format!("device{device}="), Role::Callee).await;
    }
    assert_eq!(world.hello("x=", Role::Callee).await, ["x=: error 117", "x=: closed"]);
    assert!(world.disconnect("x=").await.is_empty());
}
