//! Tests of the service while one of its peers is away, slow or wrong.

use std::time::{Duration, Instant};

use axum::{Router, http::StatusCode as PeerStatus, routing::post};
use loop_testkit::{Behaviour, Fault};
use reqwest::StatusCode;
use serde_json::json;
use tokio::net::TcpListener;

use crate::world::{SOON, World};

const PUSH_TIMEOUT: Duration = Duration::from_millis(400);

#[tokio::test]
async fn without_its_table_every_endpoint_that_needs_it_says_so() {
    let world = World::new().await;
    let mut bob = world.registered("/bob").await;
    let (path, made) = bob.link(600).await;
    world.wire.set_fault(Some(Fault::ServerError));
    let revocation = format!("/call-url/{}", made["call_token"].as_str().unwrap());
    let device = json!({ "simple_push_url": world.push.url("/bob") });
    let responses = [
        bob.post("/registration", device.clone()).await,
        bob.delete_with("/registration", device).await,
        bob.delete(&revocation).await,
        bob.call(&path).await,
        bob.get("/calls").await,
        bob.get("/__heartbeat__").await,
    ];
    for response in responses {
        response.expect_error(503, 201);
        assert_eq!(response.header("retry-after"), "5");
        assert!(
            !response.text.contains("DynamoDB") && !response.text.contains("loop"),
            "{response:?}"
        );
    }
    assert!(world.push.received().is_empty());
    let causes = world.log.lines().into_iter().filter(|line| line["cause"].is_string()).count();
    assert_eq!(causes, 6, "the operator is told what the client is not");

    bob.link(60).await;
    bob.get(&path).await.expect(StatusCode::OK);
    bob.get("/__lbheartbeat__").await.expect(StatusCode::OK);
    world.wire.set_fault(None);
    bob.get("/__heartbeat__").await.expect(StatusCode::OK);
    bob.call(&path).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn a_lost_answer_of_the_table_is_no_second_call() {
    let world = World::new().await;
    let mut bob = world.registered("/bob").await;
    let (path, _) = bob.link(600).await;
    world.wire.fail_next_of("PutItem", Fault::DropAfter);
    world.browser().call(&path).await.expect(StatusCode::OK);
    let listed = bob.get("/calls").await.expect(StatusCode::OK);
    assert_eq!(listed["calls"].as_array().unwrap().len(), 1);
    assert_eq!(world.push.received().len(), 1);
}

#[tokio::test]
async fn a_call_that_could_not_be_stored_rings_nobody() {
    let world = World::new().await;
    let mut bob = world.registered("/bob").await;
    let (path, _) = bob.link(600).await;
    for _ in 0..10 {
        world.wire.fail_next_of("PutItem", Fault::DropBefore);
    }
    world.browser().call(&path).await.expect_error(503, 201);
    assert!(world.push.received().is_empty());
    assert_eq!(bob.get("/calls").await.expect(StatusCode::OK), json!({ "calls": [] }));
}

#[tokio::test]
async fn a_provider_that_fails_leaves_nothing_behind() {
    for (status, body) in [
        (500, "[]"),
        (403, "{}"),
        (200, "rubbish"),
        (200, "[]"),
        (200, r#"[{"session_id": ""}]"#),
        (200, r#"{"session_id": null}"#),
    ] {
        let provider = provider(status, body).await;
        let world = World::with(&[
            ("LOOP_PROVIDER", "opentok"),
            ("OPENTOK_API_KEY", "100"),
            ("OPENTOK_API_SECRET", "secret"),
            ("OPENTOK_API_URL", &provider),
        ])
        .await;
        expect_no_call(&world).await;
    }
}

#[tokio::test]
async fn a_provider_that_cannot_be_reached_leaves_nothing_behind() {
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let world = World::with(&[
        ("LOOP_PROVIDER", "opentok"),
        ("OPENTOK_API_KEY", "100"),
        ("OPENTOK_API_SECRET", "secret"),
        ("OPENTOK_API_URL", &format!("http://{gone}")),
    ])
    .await;
    expect_no_call(&world).await;
}

#[tokio::test]
async fn opentok_gives_both_the_same_session_and_tokens_of_their_own() {
    let provider = provider(200, r#"[{"session_id": "1_MX4xMDB-fg", "project_id": "100"}]"#).await;
    let world = World::with(&[
        ("LOOP_PROVIDER", "opentok"),
        ("OPENTOK_API_KEY", "100"),
        ("OPENTOK_API_SECRET", "secret"),
        ("OPENTOK_API_URL", &provider),
    ])
    .await;
    let mut bob = world.registered("/bob").await;
    let (path, _) = bob.link(600).await;
    let placed = world.browser().call(&path).await.expect(StatusCode::OK);
    let listed = bob.get("/calls").await.expect(StatusCode::OK);
    let call = &listed["calls"][0];
    assert_eq!((&placed["provider"], &placed["api_key"]), (&json!("opentok"), &json!("100")));
    assert_eq!(placed["session_id"], "1_MX4xMDB-fg");
    assert_eq!(call["session_id"], placed["session_id"]);
    assert_ne!(call["session_token"], placed["session_token"]);
    assert_eq!(call["session_token"].as_str().unwrap().split('.').count(), 3, "a JWT");
}

#[tokio::test]
async fn no_push_service_can_fail_or_delay_a_call() {
    let timeout = PUSH_TIMEOUT.as_millis().to_string();
    let world = World::with(&[("LOOP_PUSH_TIMEOUT_MS", &timeout)]).await;
    let behaviours = [
        ("/hangs", Behaviour::Hang),
        ("/hangs-too", Behaviour::Hang),
        ("/hangs-as-well", Behaviour::Hang),
        ("/is-slow", Behaviour::Slow(Duration::from_secs(60), 200)),
        ("/is-slow-too", Behaviour::Slow(Duration::from_secs(60), 200)),
        ("/redirects", Behaviour::Redirect(world.push.url("/target"))),
        ("/fails", Behaviour::Status(500)),
        ("/closes", Behaviour::Close),
        ("/never-ends", Behaviour::Endless),
    ];
    let mut bob = world.registered("/works").await;
    for (path, behaviour) in behaviours {
        world.push.respond(path, behaviour);
        let device = json!({ "simple_push_url": world.push.url(path) });
        bob.post("/registration", device).await.expect(StatusCode::OK);
    }
    let (path, _) = bob.link(600).await;
    let started = Instant::now();
    let placed = world.browser().call(&path).await.expect(StatusCode::OK);
    let waited = started.elapsed();
    assert!(waited < PUSH_TIMEOUT * 3, "one deadline for all, not five in a row: {waited:?}");
    assert_eq!(
        placed["notified"], true,
        "the one that works, and the one that accepts without end"
    );
    let paths: Vec<_> = world.push.received().into_iter().map(|ping| ping.path).collect();
    assert_eq!(paths.len(), 11, "each is asked once, and what has failed once more: {paths:?}");
    assert!(!paths.contains(&"/target".to_owned()), "redirects are not followed");
    let listed = bob.get("/calls").await.expect(StatusCode::OK);
    assert_eq!(listed["calls"].as_array().unwrap().len(), 1);
    let line = world.log.lines().into_iter().find(|line| !line["pings"].is_null()).unwrap();
    assert_eq!(
        line["pings"],
        json!({
            "accepted": 2, "refused_307": 1, "refused_500": 1, "timed_out": 5, "unreachable": 1,
        })
    );
}

#[tokio::test]
async fn a_device_that_its_push_service_no_longer_knows_is_removed() {
    for status in [404, 410] {
        let world = World::new().await;
        let mut bob = world.registered("/gone").await;
        world.push.respond("/gone", Behaviour::Status(status));
        let (path, _) = bob.link(600).await;
        let placed = world.browser().call(&path).await.expect(StatusCode::OK);
        assert_eq!(placed["notified"], false);
        world.browser().call(&path).await.expect_error(409, 122);
        world.push.wait_for(1, SOON).await.unwrap();
        assert_eq!(world.push.received().len(), 1);
    }
}

/// That is our key or our contact, which the operator mends, and no fault of the device.
#[tokio::test]
async fn a_push_service_that_refuses_us_keeps_the_device_and_the_log_says_so() {
    for status in [401, 403] {
        let world = World::new().await;
        let mut bob = world.registered("/refuses").await;
        world.push.respond("/refuses", Behaviour::Status(status));
        let (path, _) = bob.link(600).await;
        for notified in [false, true] {
            let placed = world.browser().call(&path).await.expect(StatusCode::OK);
            assert_eq!(placed["notified"], notified);
            world.push.respond("/refuses", Behaviour::Status(200));
        }
        let line = world.log.lines().into_iter().find(|line| !line["pings"].is_null()).unwrap();
        let word = format!("refused_{status}");
        assert_eq!(line["pings"], json!({ word: 1 }));
    }
}

#[tokio::test]
async fn removing_a_device_does_not_delay_the_answer() {
    let timeout = PUSH_TIMEOUT.as_millis().to_string();
    let world = World::with(&[("LOOP_PUSH_TIMEOUT_MS", &timeout)]).await;
    let mut bob = world.registered("/gone").await;
    world.push.respond("/gone", Behaviour::Status(410));
    let (path, _) = bob.link(600).await;
    world.wire.fail_next_of("UpdateItem", Fault::Slow(SOON));
    let started = Instant::now();
    world.browser().call(&path).await.expect(StatusCode::OK);
    let waited = started.elapsed();
    assert!(waited < PUSH_TIMEOUT * 3, "{waited:?}");
}

async fn expect_no_call(world: &World) {
    let mut bob = world.registered("/bob").await;
    let (path, _) = bob.link(600).await;
    let response = world.browser().call(&path).await;
    response.expect_error(503, 201);
    assert_eq!(response.header("retry-after"), "5");
    assert!(world.push.received().is_empty());
    assert_eq!(bob.get("/calls").await.expect(StatusCode::OK), json!({ "calls": [] }));
}

/// Starts a provider that gives every request this response.
async fn provider(status: u16, body: &'static str) -> String {
    let status = PeerStatus::from_u16(status).unwrap();
    let router =
        Router::new().route("/session/create", post(move || async move { (status, body) }));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}
