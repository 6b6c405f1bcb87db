//! Outages of the table, the gateway or the queue.

use std::time::Duration;

use loop_core::progress::Role;
use loop_testkit::Fault;
use serde_json::json;

use crate::world::{CALL, World, hello};

#[tokio::test]
async fn without_the_table_nothing_changes_and_the_sender_may_try_again() {
    let world = World::new().await;
    world.hello("alice=", Role::Caller).await;
    world.hello("laptop=", Role::Callee).await;
    world.wire.set_fault(Some(Fault::AccessDenied));
    for message in [
        json!({ "type": "action", "event": "accept" }),
        json!({ "type": "signal", "data": 1 }),
        json!({ "type": "ping" }),
    ] {
        let failed = world.send("laptop=", &message.to_string()).await.unwrap_err();
        assert!(failed.cause().contains("AccessDenied"), "{failed}");
        assert_eq!(world.heard(), ["laptop=: error 201"], "{message}");
    }
    let token = world.token(CALL, Role::Callee);
    world.send("phone=", &hello(&token).to_string()).await.unwrap_err();
    assert_eq!(world.heard(), ["phone=: error 201"]);
    world.wire.set_fault(None);
    assert_eq!(world.act("laptop=", "accept").await.len(), 3);
}

#[tokio::test]
async fn hello_can_be_repeated_wherever_it_was_interrupted() {
    for operation in ["UpdateItem", "Query", "PutItem"] {
        let world = World::new().await;
        world.wire.fail_next_of(operation, Fault::AccessDenied);
        let token = world.token(CALL, Role::Caller);
        world.send("alice=", &hello(&token).to_string()).await.unwrap_err();
        assert_eq!(world.heard(), ["alice=: error 201"], "{operation}");
        let again = world.say("alice=", hello(&token)).await;
        assert_eq!(again, ["alice=: hello caller init", "queue: 10 s"], "{operation}");
    }
}

#[tokio::test]
async fn a_disconnection_that_could_not_be_stored_is_stored_later() {
    for operation in ["UpdateItem", "GetItem", "DeleteItem"] {
        let world = World::new().await;
        world.hello("alice=", Role::Caller).await;
        world.hello("laptop=", Role::Callee).await;
        world.wire.fail_next_of(operation, Fault::AccessDenied);
        world.try_disconnect("alice=").await.unwrap_err();
        let timer = world.timers().remove(0);
        world.clock.advance(Duration::from_secs(5));
        world.wire.set_fault(Some(Fault::AccessDenied));
        world.fire(&timer).await.unwrap_err();
        world.wire.set_fault(None);
        world.fire(&timer).await.unwrap();
        world.fire(&timer).await.unwrap();
        world.heard();
        assert_eq!(
            world.hello("phone=", Role::Callee).await,
            ["phone=: hello callee terminated cancel", "phone=: closed"],
            "{operation}"
        );
    }
}

#[tokio::test]
async fn a_deadline_that_could_not_be_stored_is_left_to_the_queue() {
    let world = World::new().await;
    let token = world.token(CALL, Role::Caller);
    world.send("alice=", &hello(&token).to_string()).await.unwrap();
    let timer = world.timers().remove(0);
    world.clock.advance(Duration::from_secs(10));
    world.wire.fail_next(Fault::AccessDenied);
    world.fire(&timer).await.unwrap_err();
    assert!(world.heard().is_empty());
    world.fire(&timer).await.unwrap();
    assert_eq!(world.heard(), ["alice=: progress terminated timeout", "alice=: closed"]);
}

#[tokio::test]
async fn without_the_gateway_the_state_is_kept_for_the_next_hello() {
    let world = World::new().await;
    world.hello("alice=", Role::Caller).await;
    world.hello("laptop=", Role::Callee).await;
    world.peers.set_gateway_fault(Some(403));
    assert_eq!(world.act("laptop=", "accept").await, ["queue: 10 s"]);
    world.send("alice=", r#"{"type":"signal","data":1}"#).await.unwrap_err();
    world.peers.set_gateway_fault(None);
    assert_eq!(world.hello("alice=", Role::Caller).await, ["alice=: hello caller connecting"]);
    assert_eq!(world.hello("laptop=", Role::Callee).await, ["laptop=: hello callee connecting"]);
    assert_eq!(world.signal("alice=", json!(1)).await, ["laptop=: signal 1"]);
}

#[tokio::test]
async fn a_client_that_missed_the_end_learns_it_when_acting() {
    let world = World::connected().await;
    world.peers.set_gateway_fault(Some(403));
    assert!(world.terminate("alice=", "closed").await.is_empty());
    world.peers.set_gateway_fault(None);
    assert_eq!(
        world.signal("laptop=", json!(1)).await,
        ["laptop=: progress terminated closed", "laptop=: closed"]
    );
    assert_eq!(
        world.terminate("alice=", "closed").await,
        ["alice=: progress terminated closed", "alice=: closed"]
    );
}

#[tokio::test]
async fn without_the_queue_a_deadline_counts_with_the_next_event() {
    let world = World::new().await;
    world.peers.set_queue_fault(Some(403));
    assert_eq!(world.hello("alice=", Role::Caller).await, ["alice=: hello caller init"]);
    world.clock.advance(Duration::from_secs(10));
    assert_eq!(
        world.hello("laptop=", Role::Callee).await,
        [
            "alice=: progress terminated timeout",
            "alice=: closed",
            "laptop=: hello callee terminated timeout",
            "laptop=: closed",
        ]
    );
}
