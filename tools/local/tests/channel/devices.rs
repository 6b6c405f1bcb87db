//! Several devices of the callee, and the list of calls meanwhile.

use reqwest::StatusCode;
use serde_json::json;

use crate::{
    party::{
        action, connect, expect_end, expect_refusal, expect_seen, hello, over, peer, place,
        progress, signal, terminate, until_connections, until_end,
    },
    socket::{Seen, Socket},
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
async fn after_both_have_left_a_connected_call_waits_for_one_of_them() {
    let world = World::new().await;
    let call = place(&world).await;
    let (mut alice, mut bob) = call.connecting().await;
    connect(&mut alice, &mut bob).await;
    let (alice_returns, bob_returns) = (alice.return_token(), bob.return_token());
    alice.vanish();
    assert_eq!(bob.next().await, peer("away"));
    let (alice, greeting) = call.greeted(&alice_returns).await;
    assert_eq!(greeting["state"], "connected", "a party may come back");
    assert_eq!(bob.next().await, peer("here"));
    bob.vanish();
    until_connections(&world, 1).await;
    alice.vanish();
    until_connections(&world, 0).await;
    let (bob, greeting) = call.greeted(&bob_returns).await;
    assert_eq!(greeting["state"], "connected", "also when nobody is there any more");
    bob.vanish();
    until_connections(&world, 0).await;
    world.after(120);
    world.server.delay_queue().deliver_all().await;
    call.expect_over("closed").await;
}

/// A phone changes networks: its former connection seems to live until the gateway's time is over.
#[tokio::test]
async fn a_device_takes_the_place_of_a_connection_that_is_dead_and_not_missed() {
    let world = World::new().await;
    let call = place(&world).await;
    let (mut alice, mut former) = call.connecting().await;
    connect(&mut alice, &mut former).await;
    let (mut bob, greeting) = call.greeted(&former.return_token()).await;
    assert_eq!((&greeting["role"], &greeting["state"]), (&json!("callee"), &json!("connected")));
    expect_seen(&mut alice, &[peer("here")]).await;
    alice.send(&signal(json!({ "restart": 1 }))).await;
    expect_seen(&mut bob, &[Seen::Message(signal(json!({ "restart": 1 })))]).await;
    expect_end(&mut former, &[Seen::Closed(Some(1000))]).await;
    until_connections(&world, 2).await;
    expect_seen(&mut alice, &[]).await;
}

/// The gateway ends every connection after two hours, and the token of the API ends before.
#[tokio::test]
async fn a_conversation_lasts_longer_than_the_gateways_connections_and_the_calls_tokens() {
    let world = World::new().await;
    let call = place(&world).await;
    let (mut alice, mut bob) = call.connecting().await;
    connect(&mut alice, &mut bob).await;
    for hours in [2, 4, 6] {
        world.after(hours * 3600);
        let mut late = Socket::open(&call.url).await;
        late.send(&hello(&call.callee_token)).await;
        expect_refusal(&mut late, 110, true).await;
        for party in [&mut alice, &mut bob] {
            let (next, greeting) = call.greeted(&party.return_token()).await;
            assert_eq!(greeting["state"], "connected");
            *party = next;
        }
    }
    let _ = alice.seen().await;
    alice.send(&signal(json!("still here"))).await;
    expect_seen(&mut alice, &[]).await;
    expect_seen(&mut bob, &[Seen::Message(signal(json!("still here")))]).await;
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
