//! Clients that a call refuses.

use std::time::Duration;

use loop_core::{CallId, Participant, Session, UserId, progress::Role};
use serde_json::json;

use crate::world::{CALL, CALLEE, World, hello};

const REFUSED: [&str; 2] = ["x=: error 110", "x=: closed"];

#[tokio::test]
async fn only_a_token_of_this_call_lets_in() {
    let world = World::new().await;
    let now = world.clock.now().seconds();
    let valid = world.token(CALL, Role::Caller);
    let altered = {
        let mut bytes = valid.clone().into_bytes();
        bytes[40] = if bytes[40] == b'A' { b'B' } else { b'A' };
        String::from_utf8(bytes).unwrap()
    };
    let sign = |callee, call, expires_at| {
        let role = Role::Caller;
        Participant { callee, call, role, expires_at }
            .sign(&world.keys().keys())
            .expose()
            .to_owned()
    };
    let soon = now.after(Duration::from_mins(1));
    for (what, token) in [
        ("altered", altered),
        ("expired", sign(CALLEE, CALL, now)),
        ("of a call that is not there", sign(CALLEE, CallId::from_bytes([8; 16]), soon)),
        ("of another callee", sign(UserId::from_bytes([9; 16]), CALL, soon)),
        ("a session", session_token(&world)),
        ("empty", String::new()),
        ("garbage", "AAAA".repeat(30)),
        ("padded", format!("{valid}=")),
    ] {
        let world = World::new().await;
        assert_eq!(world.say("x=", hello(&token)).await, REFUSED, "{what}");
    }
}

#[tokio::test]
async fn two_hellos_at_once_on_one_connection_let_in_one_party() {
    let world = World::new().await;
    let [caller, callee] =
        [Role::Caller, Role::Callee].map(|role| hello(&world.token(CALL, role)).to_string());
    let (one, other) = tokio::join!(world.send("x=", &caller), world.send("x=", &callee));
    assert_eq!((one, other), (Ok(()), Ok(())));
    let heard = world.heard();
    assert!(heard.contains(&"x=: error 110".to_owned()), "{heard:?}");
    // With both in it, the call would alert.
    assert!(!heard.iter().any(|heard| heard.contains("alerting")), "{heard:?}");
}

#[tokio::test]
async fn the_call_does_not_notice_strangers() {
    let world = World::connecting().await;
    world.say("x=", hello("AAAA")).await;
    assert!(world.disconnect("x=").await.is_empty());
    assert_eq!(world.signal("alice=", json!(1)).await, ["laptop=: signal 1"]);
}

#[tokio::test]
async fn every_message_before_hello_is_refused() {
    for message in [
        json!({ "type": "signal", "data": 1 }),
        json!({ "type": "action", "event": "accept" }),
        json!({ "type": "ping" }),
        json!({ "type": "hello" }),
        json!({ "type": "dance" }),
        json!([]),
    ] {
        let world = World::connecting().await;
        assert_eq!(world.say("x=", message.clone()).await, REFUSED, "{message}");
    }
}

#[tokio::test]
async fn a_connection_stays_with_its_call_and_its_side() {
    let other = CallId::from_bytes([8; 16]);
    for (call, role) in [(other, Role::Caller), (other, Role::Callee), (CALL, Role::Callee)] {
        let world = World::new().await;
        world.place(other).await;
        world.hello("x=", Role::Caller).await;
        assert_eq!(world.say("x=", hello(&world.token(call, role))).await, REFUSED);
    }
    let world = World::new().await;
    world.hello("x=", Role::Caller).await;
    assert_eq!(world.hello("x=", Role::Caller).await, ["x=: hello caller init"]);
}

#[tokio::test]
async fn each_side_can_do_only_what_is_its_own() {
    let world = World::new().await;
    world.hello("alice=", Role::Caller).await;
    world.hello("laptop=", Role::Callee).await;
    assert_eq!(world.act("alice=", "accept").await, ["alice=: error 107"]);
    for reason in ["reject", "busy", "timeout", "answered-elsewhere", "boredom"] {
        assert_eq!(world.terminate("alice=", reason).await, ["alice=: error 107"], "{reason}");
    }
    assert_eq!(world.terminate("laptop=", "cancel").await, ["laptop=: error 107"]);
    assert_eq!(world.act("laptop=", "media-up").await, ["laptop=: error 107"]);
}

#[tokio::test]
async fn signalling_is_refused_until_a_device_has_accepted() {
    let world = World::new().await;
    world.hello("alice=", Role::Caller).await;
    assert_eq!(world.signal("alice=", json!(1)).await, ["alice=: error 107"]);
    world.hello("laptop=", Role::Callee).await;
    assert_eq!(world.signal("alice=", json!(1)).await, ["alice=: error 107"]);
    assert_eq!(world.signal("laptop=", json!(1)).await, ["laptop=: error 107"]);
}

fn session_token(world: &World) -> String {
    Session::begin(CALLEE, world.clock.now().seconds())
        .sign(&world.keys().keys())
        .as_str()
        .to_owned()
}
