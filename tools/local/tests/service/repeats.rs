//! Tests of `Idempotency-Key`, and of the limit on the calls that ring through one link.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use loop_core::limits::{CALLS_PER_LINK, RATE_WINDOW};
use loop_testkit::Fault;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::world::{Browser, Received, World};

const KEY: &str = "8e03978e-40d5-43dd-bc93-6894a57f9324";

/// Returns a caller whose requests all carry the same key.
fn caller(world: &World) -> Browser {
    world.browser().header("idempotency-key", KEY)
}

/// Returns the part of a response that is the same in the responses to all repeats.
fn call_of(response: Received) -> Value {
    let mut placed = response.expect(StatusCode::OK);
    placed["notified"].take();
    placed
}

async fn ringing(bob: &mut Browser) -> usize {
    let listed = bob.get("/calls").await.expect(StatusCode::OK);
    listed["calls"].as_array().unwrap().len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_parallel_repeats_are_one_call_one_ring_one_answer() {
    for provider in ["direct", "livekit"] {
        let world = World::with(&[("LOOP_PROVIDER", provider)]).await;
        let mut bob = world.registered("/bob").await;
        let (path, _) = bob.link(600).await;
        let repeats = (0..10).map(|_| async {
            let mut alice = caller(&world);
            alice.post(&path, json!({ "call_type": "audio" })).await
        });
        let mut responses = Vec::new();
        let mut notified = Vec::new();
        for response in join_all(repeats).await {
            notified.push(response.json()["notified"].as_bool());
            responses.push(call_of(response).to_string());
        }
        assert_eq!(BTreeSet::from_iter(&responses).len(), 1, "{responses:?}");
        assert_eq!(notified.iter().flatten().collect::<Vec<_>>(), [&true], "one of them rings");
        assert_eq!(world.push.received().len(), 1);
        assert_eq!(ringing(&mut bob).await, 1);
    }
}

#[tokio::test]
async fn a_repeat_gets_the_answer_of_the_first_without_ringing_again() {
    let world = World::new().await;
    let mut bob = world.registered("/bob").await;
    let (path, _) = bob.link(600).await;
    let first = call_of(caller(&world).call(&path).await);
    world.after(3);
    world.wire.take();
    assert_eq!(call_of(caller(&world).call(&path).await), first);
    assert_eq!(world.wire.take(), ["Query"]);
    assert_eq!(world.push.received().len(), 1);

    let other = call_of(world.browser().call(&path).await);
    assert_ne!(other["call_id"], first["call_id"], "without the key it is another call");
    let (other_path, _) = bob.link(600).await;
    let other = call_of(caller(&world).call(&other_path).await);
    assert_ne!(other["call_id"], first["call_id"], "a key belongs to its link");
}

#[tokio::test]
async fn the_same_key_with_another_body_is_refused() {
    let world = World::new().await;
    let mut bob = world.registered("/bob").await;
    let (path, _) = bob.link(600).await;
    caller(&world).post(&path, json!({ "call_type": "audio" })).await.expect(StatusCode::OK);
    caller(&world).post(&path, json!({ "call_type": "audio-video" })).await.expect_error(422, 123);
    caller(&world).call(&path).await.expect_error(422, 123);
    caller(&world).post(&path, json!({ "call_type": "audio" })).await.expect(StatusCode::OK);
    assert_eq!((ringing(&mut bob).await, world.push.received().len()), (1, 1));
}

#[tokio::test]
async fn a_key_that_is_no_key_is_refused() {
    let world = World::new().await;
    let mut bob = world.registered("/bob").await;
    let (path, _) = bob.link(600).await;
    let long = "k".repeat(129);
    for wrong in ["", "0123456789abcde", "with a space in it", "nicht-ganz-ASCII-ü", &long] {
        let mut alice = world.browser().header("idempotency-key", wrong);
        let error = alice.call(&path).await.expect_error(400, 107);
        let message = error["message"].as_str().unwrap();
        let expected = "Idempotency-Key: must be 16 to 128 visible ASCII characters";
        assert_eq!(message, expected, "{wrong}");
    }
    assert!(world.push.received().is_empty());
}

#[tokio::test]
async fn a_call_that_was_stored_but_never_rung_rings_with_its_repeat() {
    let world = World::new().await;
    let mut bob = world.registered("/bob").await;
    let (path, _) = bob.link(600).await;
    // Every response is lost, though the first write has taken effect.
    for _ in 0..10 {
        world.wire.fail_next_of("PutItem", Fault::DropAfter);
    }
    let mut alice = caller(&world);
    let unsure = alice.call(&path).await;
    unsure.expect_error(503, 201);
    assert_eq!(ringing(&mut bob).await, 1, "it is stored");
    assert!(world.push.received().is_empty());
    world.after(unsure.header("retry-after").parse().unwrap());
    alice.call(&path).await.expect(StatusCode::OK);
    assert_eq!((ringing(&mut bob).await, world.push.received().len()), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn however_many_repeats_come_late_the_call_rings_once_more() {
    let world = World::new().await;
    let mut bob = world.registered("/bob").await;
    let (path, _) = bob.link(600).await;
    let first = call_of(caller(&world).call(&path).await);
    for after in [5, 6, 14] {
        world.after(after);
        let repeats = (0..10).map(|_| async { call_of(caller(&world).call(&path).await) });
        assert!(join_all(repeats).await.into_iter().all(|call| call == first));
        assert_eq!(world.push.received().len(), 2, "after {after} s");
    }
    assert_eq!(ringing(&mut bob).await, 1);
}

#[tokio::test]
async fn a_call_that_is_over_is_not_rung_again_by_a_repeat() {
    let world = World::new().await;
    let mut bob = world.registered("/bob").await;
    let (path, _) = bob.link(600).await;
    caller(&world).call(&path).await.expect(StatusCode::OK);
    world.after(15);
    caller(&world).call(&path).await.expect_error(409, 124);
    assert_eq!((ringing(&mut bob).await, world.push.received().len()), (0, 1));
}

#[tokio::test]
async fn one_link_cannot_ring_without_end() {
    let world = World::new().await;
    let mut bob = world.registered("/bob").await;
    let (path, _) = bob.link(7200).await;
    let mut alice = world.browser();
    let mut placed = 0;
    for round in 0..12 {
        world.after(round * 15);
        for _ in 0..4 {
            let response = alice.call(&path).await;
            if response.status == StatusCode::OK {
                placed += 1;
                continue;
            }
            let message = response.expect_error(429, 117)["message"].clone();
            let wait: u64 = response.header("retry-after").parse().unwrap();
            if placed < CALLS_PER_LINK || round == 9 {
                assert_eq!(message, "too many calls are ringing through this link");
                assert_eq!(wait, 15);
            } else {
                assert_eq!(message, "too many calls through this link");
                assert!(wait <= RATE_WINDOW.as_secs() + 1, "{wait}");
            }
        }
    }
    assert_eq!(placed, CALLS_PER_LINK);
    assert_eq!(world.push.received().len(), placed, "one ring each");
    let (other, _) = bob.link(7200).await;
    alice.call(&other).await.expect(StatusCode::OK);
    world.after(RATE_WINDOW.as_secs() + 1);
    alice.call(&path).await.expect(StatusCode::OK);
}
