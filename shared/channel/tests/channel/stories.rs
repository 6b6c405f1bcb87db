//! Whole calls, with every message that is posted.

use std::time::Duration;

use loop_core::progress::Role;
use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn a_call_rings_connects_and_is_hung_up() {
    let world = World::new().await;
    assert_eq!(
        world.hello("alice=", Role::Caller).await,
        ["alice=: hello caller init", "queue: 10 s"]
    );
    assert_eq!(
        world.hello("laptop=", Role::Callee).await,
        ["alice=: progress alerting", "laptop=: hello callee alerting", "queue: 30 s"]
    );
    assert_eq!(world.hello("phone=", Role::Callee).await, ["phone=: hello callee alerting"]);
    assert_eq!(
        world.act("laptop=", "accept").await,
        [
            "alice=: progress connecting",
            "laptop=: progress connecting",
            "phone=: progress terminated answered-elsewhere",
            "phone=: closed",
            "queue: 10 s",
        ]
    );
    assert_eq!(world.signal("alice=", json!({ "sdp": 1 })).await, [r#"laptop=: signal {"sdp":1}"#]);
    assert_eq!(world.signal("laptop=", json!("answer")).await, ["alice=: signal answer"]);
    assert_eq!(
        world.act("laptop=", "media-up").await,
        ["alice=: progress half-connected", "laptop=: progress half-connected"]
    );
    assert!(world.act("laptop=", "media-up").await.is_empty(), "said twice");
    assert_eq!(
        world.act("alice=", "media-up").await,
        ["alice=: progress connected", "laptop=: progress connected"]
    );
    assert_eq!(
        world.terminate("alice=", "closed").await,
        [
            "alice=: progress terminated closed",
            "alice=: closed",
            "laptop=: progress terminated closed",
            "laptop=: closed",
        ]
    );
    for connection in ["alice=", "laptop=", "phone="] {
        assert!(world.disconnect(connection).await.is_empty(), "{connection}");
    }
}

#[tokio::test]
async fn only_those_who_connect_are_told_the_servers_that_relay() {
    let world = World::new().await;
    let stun = json!({ "urls": ["stun:stun.example.org"] });
    world.hello("alice=", Role::Caller).await;
    world.hello("laptop=", Role::Callee).await;
    world.hello("phone=", Role::Callee).await;
    for connection in ["alice=", "laptop=", "phone="] {
        assert_eq!(world.ice_servers(connection), json!([stun]), "{connection}");
    }
    world.act("laptop=", "accept").await;
    assert_eq!(world.ice_servers("phone="), json!([stun]));
    let [alice, laptop] = ["alice=", "laptop="].map(|connection| world.ice_servers(connection));
    for servers in [&alice, &laptop] {
        assert_eq!(servers[0], stun);
        assert_eq!(servers[1]["urls"], json!(["turn:turn.example.org"]));
        assert_eq!(servers[1]["credential"].as_str().unwrap().len(), 28);
    }
    assert_ne!(alice[1]["username"], laptop[1]["username"]);

    // Before its connection is restarted, a party asks for a credential that still holds.
    for party in ["alice=", "laptop="] {
        world.act(party, "media-up").await;
    }
    world.clock.advance(Duration::from_mins(9));
    world.back("laptop=", "laptop=").await;
    assert_ne!(world.ice_servers("laptop=")[1]["username"], laptop[1]["username"]);
}

#[tokio::test]
async fn a_device_that_comes_too_late_is_sent_the_end() {
    let world = World::new().await;
    world.hello("alice=", Role::Caller).await;
    world.hello("laptop=", Role::Callee).await;
    assert_eq!(world.terminate("laptop=", "reject").await.len(), 4);
    assert_eq!(
        world.hello("phone=", Role::Callee).await,
        ["phone=: hello callee terminated reject", "phone=: closed"]
    );
    // The laptop hung up before it had received the end.
    assert_eq!(world.terminate("laptop=", "closed").await, Vec::<String>::new());
    let world = World::connecting().await;
    assert_eq!(
        world.hello("phone=", Role::Callee).await,
        ["phone=: hello callee terminated answered-elsewhere", "phone=: closed"]
    );
}

#[tokio::test]
async fn a_caller_who_disconnects_cancels_and_a_device_does_not() {
    let world = World::new().await;
    world.hello("alice=", Role::Caller).await;
    world.hello("laptop=", Role::Callee).await;
    assert!(world.disconnect("laptop=").await.is_empty());
    world.hello("phone=", Role::Callee).await;
    assert_eq!(
        world.disconnect("alice=").await,
        ["phone=: progress terminated cancel", "phone=: closed"]
    );
}

#[tokio::test]
async fn a_connected_party_may_come_back() {
    let world = World::connected().await;
    assert_eq!(world.disconnect("alice=").await, ["laptop=: peer away"]);
    assert_eq!(world.signal("laptop=", json!(1)).await, ["laptop=: error 107"]);
    assert_eq!(
        world.back("alice2=", "alice=").await,
        ["alice2=: hello caller connected", "laptop=: peer here"]
    );
    assert_eq!(world.signal("alice2=", json!(1)).await, ["laptop=: signal 1"]);
    assert_eq!(world.signal("laptop=", json!(2)).await, ["alice2=: signal 2"]);
}

#[tokio::test]
async fn a_party_whose_former_connection_is_not_known_to_be_gone_takes_its_place() {
    for world in [World::connecting().await, World::connected().await] {
        let told = world.back("laptop2=", "laptop=").await;
        assert_eq!((told.len(), told[0].as_str()), (3, "alice=: peer here"), "{told:?}");
        assert!(told[1].starts_with("laptop2=: hello callee connect"), "{told:?}");
        assert_eq!(told[2], "laptop=: closed");
        assert_eq!(world.signal("alice=", json!(1)).await, ["laptop2=: signal 1"]);
        assert!(world.disconnect("laptop=").await.is_empty(), "nobody is away");
        assert_eq!(
            world.hello("phone=", Role::Callee).await,
            ["phone=: hello callee terminated answered-elsewhere", "phone=: closed"]
        );
    }
}

/// The token that lets somebody join lives as long as a call rings; a conversation lasts longer.
#[tokio::test]
async fn a_party_comes_back_hours_later_as_often_as_the_gateway_ends_its_connection() {
    let world = World::connected().await;
    let mut alice = "alice=".to_owned();
    for round in 2..10 {
        world.clock.advance(Duration::from_secs(2 * 3600 - 1));
        let next = format!("alice{round}=");
        let told = world.back(&next, &alice).await;
        assert!(told.contains(&format!("{next}: hello caller connected")), "{told:?}");
        alice = next;
    }
    let joins = world.hello("mallory=", Role::Callee).await;
    assert_eq!(joins[0], "mallory=: hello callee terminated answered-elsewhere");
}

#[tokio::test]
async fn a_conversation_that_both_have_left_ends_when_nobody_comes_back() {
    let world = World::connected().await;
    world.disconnect("alice=").await;
    assert_eq!(world.disconnect("laptop=").await, ["queue: 120 s"]);
    assert_eq!(world.back("alice2=", "alice=").await, ["alice2=: hello caller connected"]);
    assert_eq!(world.disconnect("alice2=").await, ["queue: 120 s"]);
    world.clock.advance(Duration::from_mins(2));
    assert_eq!(
        world.back("laptop2=", "laptop=").await,
        ["laptop2=: hello callee terminated closed", "laptop2=: closed"]
    );
}

#[tokio::test]
async fn a_connection_that_is_found_gone_has_disconnected() {
    let world = World::new().await;
    world.hello("alice=", Role::Caller).await;
    world.hello("laptop=", Role::Callee).await;
    world.peers.lose("alice=");
    assert_eq!(
        world.act("laptop=", "accept").await,
        ["laptop=: progress connecting", "laptop=: peer away", "queue: 10 s"]
    );
    let world = World::connecting().await;
    world.peers.lose("laptop=");
    assert_eq!(world.signal("alice=", json!(1)).await, ["alice=: peer away"]);
}

#[tokio::test]
async fn when_all_parties_are_gone_the_wait_is_not_longer() {
    let world = World::new().await;
    world.hello("alice=", Role::Caller).await;
    for device in ["a=", "b=", "c="] {
        world.hello(device, Role::Callee).await;
        world.peers.lose(device);
    }
    world.hello("laptop=", Role::Callee).await;
    world.peers.lose("alice=");
    world.peers.lose("laptop=");
    assert_eq!(world.act("laptop=", "accept").await, ["queue: 10 s"]);
    world.clock.advance(Duration::from_secs(10));
    assert_eq!(
        world.hello("alice2=", Role::Caller).await,
        ["alice2=: hello caller terminated timeout", "alice2=: closed"]
    );
}

#[tokio::test]
async fn each_step_makes_as_many_requests_as_designed() {
    let world = World::new().await;
    let wire = &world.wire;
    world.hello("alice=", Role::Caller).await;
    assert_eq!(wire.take(), ["UpdateItem", "Query", "PutItem", "UpdateItem"], "hello");
    world.hello("laptop=", Role::Callee).await;
    assert_eq!(wire.take(), ["UpdateItem", "Query", "PutItem", "UpdateItem"], "hello");
    world.act("laptop=", "accept").await;
    assert_eq!(wire.take(), ["UpdateItem", "GetItem", "UpdateItem"], "accept");
    world.signal("alice=", json!(1)).await;
    assert_eq!(wire.take(), ["UpdateItem", "GetItem"], "signal");
    world.say("alice=", json!({ "type": "ping" })).await;
    assert_eq!(wire.take(), ["UpdateItem"], "ping");
    world.disconnect("alice=").await;
    assert_eq!(wire.take(), ["UpdateItem", "GetItem", "UpdateItem", "DeleteItem"], "disconnect");
}
