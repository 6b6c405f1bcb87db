//! The limits on calls that ring at once, through one link and in all, and their end by a
//! revocation.

use futures_util::future::join_all;
use loop_core::limits::{PENDING_CALLS_PER_CALLEE, RINGING_CALLS_PER_LINK};
use loop_testkit::Fault;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::world::World;

#[tokio::test]
async fn no_more_calls_ring_than_may_and_the_next_is_told_when_to_try_again() {
    for (provider, ring) in [("direct", 15), ("livekit", 120)] {
        let world = World::with(&[("LOOP_PROVIDER", provider)]).await;
        let mut bob = world.registered("/bob").await;
        let mut alice = world.browser();
        let most = usize::from(PENDING_CALLS_PER_CALLEE);
        for _ in 0..most / RINGING_CALLS_PER_LINK {
            let (path, _) = bob.link(600).await;
            for _ in 0..RINGING_CALLS_PER_LINK {
                alice.call(&path).await.expect(StatusCode::OK);
            }
        }
        world.after(5);
        let (path, _) = bob.link(600).await;
        let refusal = alice.call(&path).await;
        let message = &refusal.expect_error(429, 117)["message"];
        assert_eq!(message, "too many calls are ringing this callee");
        assert_eq!(refusal.header("retry-after"), (ring - 5).to_string());
        assert_eq!(world.push.received().len(), most);
        world.after(ring);
        alice.call(&path).await.expect(StatusCode::OK);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nine_hostile_links_do_not_keep_the_tenth_from_ringing() {
    let world = World::new().await;
    let mut bob = world.registered("/bob").await;
    // Each link takes all calls that it can at once, and no caller comes to the channel.
    for _ in 0..9 {
        let (path, _) = bob.link(600).await;
        let calls = (0..12).map(|_| async { world.browser().call(&path).await });
        let responses = join_all(calls).await;
        let (placed, refused): (Vec<_>, Vec<_>) =
            responses.iter().partition(|response| response.status == StatusCode::OK);
        assert_eq!(placed.len(), RINGING_CALLS_PER_LINK);
        for refusal in refused {
            let message = &refusal.expect_error(429, 117)["message"];
            assert_eq!(message, "too many calls are ringing through this link");
            let wait: u64 = refusal.header("retry-after").parse().unwrap();
            assert!((1..=15).contains(&wait), "{wait}");
        }
    }
    let rung = world.push.received().len();
    let (path, _) = bob.link(600).await;
    let placed = world.browser().call(&path).await.expect(StatusCode::OK);
    assert_eq!(placed["notified"], true);
    assert_eq!(world.push.received().len(), rung + 1);
    let listed = bob.get("/calls").await.expect(StatusCode::OK);
    assert!(calls(&listed).iter().any(|call| call["call_id"] == placed["call_id"]));
    world.after(15);
    assert_eq!(bob.get("/calls").await.expect(StatusCode::OK), json!({ "calls": [] }));
}

#[tokio::test]
async fn revoking_a_link_ends_the_calls_that_ring_through_it() {
    let world = World::new().await;
    let mut bob = world.registered("/bob").await;
    let (path, made) = bob.link(600).await;
    let (other_path, _) = bob.link(600).await;
    world.browser().call(&path).await.expect(StatusCode::OK);
    let other = world.browser().call(&other_path).await.expect(StatusCode::OK);
    let revocation = format!("/call-url/{}", made["call_token"].as_str().unwrap());
    // The repeat that the response asks for makes up for a failure to end a call.
    for _ in 0..3 {
        world.wire.fail_next_of("Query", Fault::Throttle);
    }
    bob.delete(&revocation).await.expect_error(503, 201);
    assert_eq!(calls(&bob.get("/calls").await.expect(StatusCode::OK)).len(), 2);
    bob.delete(&revocation).await.expect(StatusCode::NO_CONTENT);
    let listed = bob.get("/calls").await.expect(StatusCode::OK);
    let [left] = calls(&listed) else { panic!("one is left: {listed}") };
    assert_eq!(left["call_id"], other["call_id"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_was_being_placed_while_its_link_was_revoked_does_not_ring() {
    let world = World::new().await;
    let mut bob = world.registered("/bob").await;
    let (path, made) = bob.link(600).await;
    let revocation = format!("/call-url/{}", made["call_token"].as_str().unwrap());
    // The revocation ends the calls that it finds before this call is stored.
    let store = world.wire.hold("PutItem");
    let mut alice = world.browser();
    let call = alice.call(&path);
    let revoke = async {
        store.reached().await;
        bob.delete(&revocation).await.expect(StatusCode::NO_CONTENT);
        store.release();
    };
    let (response, ()) = tokio::join!(call, revoke);
    response.expect_error(410, 111);
    assert!(world.push.received().is_empty());
    assert_eq!(bob.get("/calls").await.expect(StatusCode::OK), json!({ "calls": [] }));
}

/// Returns the calls that ring Bob.
fn calls(listed: &Value) -> &[Value] {
    listed["calls"].as_array().unwrap()
}
