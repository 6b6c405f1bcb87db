//! The devices of a callee: all of them ring, and their number is limited.

use reqwest::StatusCode;
use serde_json::json;

use crate::{
    flow::{calls, only_call},
    world::{BEGINNING, World},
};

#[tokio::test]
async fn every_device_rings_at_once_and_calls_are_listed_oldest_first() {
    let world = World::new().await;
    let mut bob = world.registered("/phone").await;
    let laptop = json!({ "simple_push_url": world.push.url("/laptop") });
    bob.post("/registration", laptop.clone()).await.expect(StatusCode::OK);
    bob.post("/registration", laptop).await.expect(StatusCode::OK);
    let (path, _) = bob.link(600).await;
    let mut alice = world.browser();
    let first = alice.post(&path, json!({ "call_type": "audio" })).await.expect(StatusCode::OK);
    let second = alice.call(&path).await.expect(StatusCode::OK);
    assert_eq!((&first["notified"], &second["notified"]), (&json!(true), &json!(true)));
    assert_ne!(first["session_id"], second["session_id"]);

    let mut paths: Vec<_> = world.push.received().into_iter().map(|ping| ping.path).collect();
    paths.sort();
    assert_eq!(paths, ["/laptop", "/laptop", "/phone", "/phone"]);

    let listed = bob.get("/calls").await.expect(StatusCode::OK);
    let ids: Vec<_> = calls(&listed).iter().map(|call| &call["call_id"]).collect();
    assert_eq!(ids, [&first["call_id"], &second["call_id"]]);
    assert_eq!(calls(&listed)[0]["call_type"], "audio");
    assert!(calls(&listed)[0]["version"].as_u64() < calls(&listed)[1]["version"].as_u64());
}

#[tokio::test]
async fn an_open_page_without_push_is_a_device_as_long_as_it_says_so() {
    let world = World::new().await;
    let mut bob = world.browser();
    let page = json!({ "polling_id": "q83vEjRWeJCrze8SNFZ4kA" });
    let registered = bob.post("/registration", page.clone()).await.expect(StatusCode::OK);
    assert_eq!(registered["expires_at"], BEGINNING + 130);
    let (path, _) = bob.link(600).await;
    let placed = world.browser().call(&path).await.expect(StatusCode::OK);
    assert_eq!(placed["notified"], true, "it asks by itself");
    only_call(&bob.get("/calls").await.expect(StatusCode::OK));
    world.after(130);
    world.browser().call(&path).await.expect_error(409, 122);
    bob.post("/registration", page).await.expect(StatusCode::OK);
    world.browser().call(&path).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn a_removed_push_url_no_longer_rings() {
    let world = World::new().await;
    let mut bob = world.registered("/phone").await;
    let (path, _) = bob.link(600).await;
    let phone = json!({ "simple_push_url": world.push.url("/phone") });
    bob.delete_with("/registration", phone.clone()).await.expect(StatusCode::NO_CONTENT);
    bob.delete_with("/registration", phone).await.expect(StatusCode::NO_CONTENT);
    let refusal = world.browser().call(&path).await;
    refusal.expect_error(409, 122);
    assert!(world.push.received().is_empty());
    assert_eq!(bob.get("/calls").await.expect(StatusCode::OK), json!({ "calls": [] }));
}

#[tokio::test]
async fn a_user_has_at_most_twenty_devices() {
    let world = World::new().await;
    let mut bob = world.browser();
    let device = |number: u32| json!({ "simple_push_url": world.push.url(&format!("/{number}")) });
    for number in 0..20 {
        bob.post("/registration", device(number)).await.expect(StatusCode::OK);
    }
    let refusal = bob.post("/registration", device(20)).await;
    let message = refusal.expect_error(429, 117)["message"].to_string();
    assert!(message.contains("20 places") && message.contains("DELETE /registration"), "{message}");
    assert!(refusal.header("retry-after").parse::<u64>().unwrap() > 0);
    bob.post("/registration", device(7)).await.expect(StatusCode::OK);
    bob.delete_with("/registration", device(3)).await.expect(StatusCode::NO_CONTENT);
    bob.post("/registration", device(20)).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn a_push_url_of_the_greatest_length_counts_as_seven_devices() {
    let world = World::new().await;
    let mut bob = world.browser();
    let push_url = |number: u32, bytes: usize| json!({ "simple_push_url": format!("{:a<bytes$}", world.push.url(&format!("/{number}/"))) });
    bob.post("/registration", push_url(0, 2_049)).await.expect_error(400, 107);
    for number in 0..2 {
        bob.post("/registration", push_url(number, 2_048)).await.expect(StatusCode::OK);
    }
    for number in 2..8 {
        bob.post("/registration", push_url(number, 300)).await.expect(StatusCode::OK);
    }
    bob.post("/registration", push_url(8, 300)).await.expect_error(429, 117);
    bob.delete_with("/registration", push_url(0, 2_048)).await.expect(StatusCode::NO_CONTENT);
    bob.post("/registration", push_url(9, 2_048)).await.expect(StatusCode::OK);
}
