//! Several devices of the callee, and the list of calls meanwhile.

use reqwest::StatusCode;
use serde_json::json;

use crate::{
    party::{
        action, connect, expect_end, expect_seen, over, place, progress, signal, terminate,
        until_connections, until_end,
    },
    socket::Seen,
    world::World,
};

#[tokio::test]
async fn the_first_accept_wins_and_the_others_are_told() {
    let world = World::new().await;
    let call = place(&world).await;
    let (mut alice, mut phone) = call.both().await;
    let mut laptop = call.device().await;
    let mut tablet = call.device().await;
    expect_seen(&mut alice, &[]).await;

    laptop.send(&action("accept")).await;
    expect_seen(&mut laptop, &[progress("connecting")]).await;
    expect_seen(&mut alice, &[progress("connecting")]).await;
    for dismissed in [&mut phone, &mut tablet] {
        // Both messages come too late, but the device does not know yet that it was dismissed.
        dismissed.send(&action("accept")).await;
        dismissed.send(&signal(json!("from a device that was dismissed"))).await;
        expect_end(dismissed, &over("answered-elsewhere")).await;
    }
    until_connections(&world, 2).await;
    let (mut late, greeting) = call.greeted(&call.callee_token).await;
    assert_eq!(greeting["state"], "terminated");
    assert_eq!(greeting["reason"], "answered-elsewhere");
    assert_eq!(late.next().await, Seen::Closed(Some(1000)));

    laptop.send(&signal(json!({ "answer": 1 }))).await;
    expect_seen(&mut laptop, &[]).await;
    let relayed = Seen::Message(signal(json!({ "answer": 1 })));
    expect_seen(&mut alice, &[relayed]).await;
}

#[tokio::test]
async fn two_accepts_at_once_have_one_winner() {
    let world = World::new().await;
    for _ in 0..10 {
        let call = place(&world).await;
        let (mut alice, mut phone) = call.both().await;
        let mut laptop = call.device().await;
        phone.send(&action("accept")).await;
        laptop.send(&action("accept")).await;
        let (first, second) = (phone.next().await, laptop.next().await);
        let (mut winner, mut loser, heard) = match first == progress("connecting") {
            true => (phone, laptop, second),
            false => (laptop, phone, first),
        };
        let [elsewhere, closed] = over("answered-elsewhere");
        assert_eq!(heard, elsewhere);
        // Its own accept, if it arrives before the end of the connection, gets the same message.
        let rest = until_end(&mut loser).await;
        assert_eq!(rest.last(), Some(&closed));
        assert!(rest[..rest.len() - 1].iter().all(|seen| *seen == elsewhere), "{rest:?}");
        expect_seen(&mut winner, &[]).await;
        expect_seen(&mut alice, &[progress("connecting")]).await;
        alice.send(&terminate("closed")).await;
        expect_end(&mut winner, &over("closed")).await;
        expect_end(&mut alice, &over("closed")).await;
        until_connections(&world, 0).await;
    }
}

#[tokio::test]
async fn a_device_that_leaves_lets_the_others_ring() {
    let world = World::new().await;
    let call = place(&world).await;
    let (mut alice, phone) = call.both().await;
    let mut laptop = call.device().await;
    phone.close().await;
    until_connections(&world, 2).await;
    expect_seen(&mut alice, &[]).await;
    laptop.send(&action("accept")).await;
    expect_seen(&mut laptop, &[progress("connecting")]).await;
}

#[tokio::test]
async fn a_page_that_is_loaded_again_takes_the_place_of_the_former_one() {
    let world = World::new().await;
    let call = place(&world).await;
    let (mut former, mut bob) = call.both().await;
    let (mut alice, greeting) = call.greeted(&call.caller_token).await;
    assert_eq!(greeting["state"], "alerting");
    expect_end(&mut former, &[Seen::Closed(Some(1000))]).await;
    until_connections(&world, 2).await;
    expect_seen(&mut bob, &[]).await;
    bob.send(&action("accept")).await;
    expect_seen(&mut bob, &[progress("connecting")]).await;
    expect_seen(&mut alice, &[progress("connecting")]).await;
}

#[tokio::test]
async fn after_both_have_left_a_connected_call_is_over() {
    let world = World::new().await;
    let call = place(&world).await;
    let (mut alice, mut bob) = call.connecting().await;
    connect(&mut alice, &mut bob).await;
    alice.vanish();
    until_connections(&world, 1).await;
    let (alice, greeting) = call.greeted(&call.caller_token).await;
    assert_eq!(greeting["state"], "connected", "a party may come back");
    bob.vanish();
    until_connections(&world, 1).await;
    alice.vanish();
    until_connections(&world, 0).await;
    call.expect_over("closed").await;
}

#[tokio::test]
async fn only_calls_that_ring_are_listed() {
    let world = World::new().await;
    let none = json!({ "calls": [] });

    let mut answered = place(&world).await;
    let (_alice, mut bob) = answered.both().await;
    let listed = answered.bob.get("/calls").await.expect(StatusCode::OK);
    assert_eq!(listed["calls"].as_array().unwrap().len(), 1, "it alerts");
    bob.send(&action("accept")).await;
    expect_seen(&mut bob, &[progress("connecting")]).await;
    assert_eq!(answered.bob.get("/calls").await.expect(StatusCode::OK), none);

    let mut declined = place(&world).await;
    let (_alice, mut bob) = declined.both().await;
    bob.send(&terminate("reject")).await;
    expect_end(&mut bob, &over("reject")).await;
    assert_eq!(declined.bob.get("/calls").await.expect(StatusCode::OK), none);
}
