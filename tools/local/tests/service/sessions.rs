//! Tests that a session says who Bob is, how long it lasts, and that no other site can act for him.

use loop_core::limits::SESSION_LIFETIME;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::world::World;

const FRIEND: &str = "https://friend.example";

#[tokio::test]
async fn a_cookie_keeps_the_user_and_is_renewed_in_the_last_half_of_its_life() {
    let world = World::new().await;
    let mut bob = world.browser();
    let device = json!({ "simple_push_url": world.push.url("/bob") });
    let first = bob.post("/registration", device.clone()).await;
    assert_eq!(
        first.header("set-cookie").split_once("; ").unwrap().1,
        "Path=/; Max-Age=2592000; HttpOnly; SameSite=Strict"
    );
    let (path, _) = bob.link(SESSION_LIFETIME.as_secs()).await;

    let half = SESSION_LIFETIME.as_secs() / 2;
    world.after(half - 1);
    assert_eq!(bob.get("/calls").await.header("set-cookie"), "");
    world.after(half);
    let renewing = bob.post("/registration", device).await;
    assert!(renewing.header("set-cookie").starts_with("loop_session="));

    world.browser().call(&path).await.expect(StatusCode::OK);
    let listed = bob.get("/calls").await.expect(StatusCode::OK);
    assert_eq!(listed["calls"].as_array().unwrap().len(), 1, "it is the same user");
}

#[tokio::test]
async fn over_tls_the_cookie_is_bound_to_this_very_host() {
    let public = ("LOOP_PUBLIC_URL", "https://calls.example.org");
    for (variables, same_site) in
        [(vec![public], "Strict"), (vec![public, ("LOOP_ALLOWED_ORIGINS", FRIEND)], "None")]
    {
        let world = World::with(&variables).await;
        let mut bob = world.browser();
        let device = json!({ "simple_push_url": world.push.url("/bob") });
        let registered = bob.post("/registration", device).await;
        let cookie = registered.header("set-cookie");
        assert!(cookie.starts_with("__Host-loop_session="), "{cookie}");
        let attributes =
            format!("; Path=/; Max-Age=2592000; HttpOnly; Secure; SameSite={same_site}");
        assert!(cookie.ends_with(&attributes), "{cookie}");
        assert!(!registered.header("strict-transport-security").is_empty());
        let (_, made) = bob.link(60).await;
        assert!(made["call_url"].as_str().unwrap().starts_with("https://calls.example.org/calls/"));
        bob.cookie = bob.cookie.map(|cookie| cookie.replace("__Host-", ""));
        bob.get("/calls").await.expect_error(401, 110);
    }
}

#[tokio::test]
async fn a_session_outlives_every_link_that_is_made_with_it() {
    let world = World::new().await;
    let mut bob = world.registered("/bob").await;
    world.after(1000);
    let (path, _) = bob.link(SESSION_LIFETIME.as_secs()).await;
    world.after(1000 + SESSION_LIFETIME.as_secs() - 1);
    world.browser().call(&path).await.expect(StatusCode::OK);
    let listed = bob.get("/calls").await.expect(StatusCode::OK);
    assert_eq!(listed["calls"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_session_ends_and_a_new_registration_begins_another() {
    let world = World::new().await;
    let mut bob = world.registered("/bob").await;
    let old = bob.cookie.clone();
    world.after(SESSION_LIFETIME.as_secs());
    bob.get("/calls").await.expect_error(401, 110);
    let device = json!({ "simple_push_url": world.push.url("/bob") });
    bob.post("/registration", device).await.expect(StatusCode::OK);
    assert_ne!(bob.cookie, old);
    bob.get("/calls").await.expect(StatusCode::OK);
}

#[tokio::test]
async fn an_altered_or_foreign_cookie_is_none() {
    let world = World::new().await;
    let mut bob = world.registered("/bob").await;
    let (_, made) = bob.link(600).await;
    let cookie = bob.cookie.clone().unwrap();
    for wrong in [
        String::new(),
        "loop_session=".to_owned(),
        format!("{cookie}A"),
        format!("__Host-{cookie}"),
        cookie.replace("loop_session", "other"),
        format!("loop_session={}", made["call_token"].as_str().unwrap()),
        World::new().await.registered("/eve").await.cookie.unwrap(),
    ] {
        bob.cookie = Some(wrong.clone());
        assert_eq!(bob.get("/calls").await.status, StatusCode::UNAUTHORIZED, "{wrong}");
    }
    bob.cookie = Some(format!("name=Zoë; theme=dark; {cookie}; x"));
    bob.get("/calls").await.expect(StatusCode::OK);
}

#[tokio::test]
async fn no_other_site_can_act_with_the_cookie() {
    let world = World::new().await;
    let mut bob = world.registered("/bob").await;
    let (_, made) = bob.link(600).await;
    let revocation = format!("/call-url/{}", made["call_token"].as_str().unwrap());
    let device = json!({ "simple_push_url": world.push.url("/evil") });
    let own = world.server.url();
    for origin in
        ["https://evil.example", "null", "", &format!("{own}.evil.example"), "http://localhost"]
    {
        bob.headers = vec![("origin", origin.to_owned())];
        let responses = [
            bob.post("/registration", device.clone()).await,
            bob.delete_with("/registration", device.clone()).await,
            bob.post("/call-url", json!({ "remote_id": "x", "valid_duration": 1 })).await,
            bob.delete(&revocation).await,
        ];
        for response in responses {
            response.expect_error(401, 110);
            assert_eq!(response.header("set-cookie"), "");
            assert_eq!(response.header("access-control-allow-origin"), "");
        }
    }
    bob.headers = vec![("origin", own)];
    bob.delete(&revocation).await.expect(StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn only_a_listed_site_may_read_answers_with_credentials() {
    let world = World::with(&[("LOOP_ALLOWED_ORIGINS", FRIEND)]).await;
    let mut bob = world.browser().header("origin", FRIEND);
    let preflight = bob.send(Method::OPTIONS, "/call-url/x", None).await;
    assert_eq!(preflight.status, StatusCode::NO_CONTENT);
    assert_eq!(preflight.header("access-control-allow-origin"), FRIEND);
    assert_eq!(preflight.header("access-control-allow-credentials"), "true");
    assert_eq!(preflight.header("access-control-allow-methods"), "DELETE");
    assert_eq!(preflight.header("access-control-allow-headers"), "content-type, idempotency-key");
    let device = json!({ "simple_push_url": world.push.url("/bob") });
    let registered = bob.post("/registration", device).await;
    registered.expect(StatusCode::OK);
    assert_eq!(registered.header("access-control-allow-origin"), FRIEND);
    assert_eq!(registered.header("vary"), "Origin");
    bob.send(Method::OPTIONS, "/nothing", None).await.expect_error(404, 404);

    for origin in ["https://evil.example", "null", "https://friend.example.evil.example"] {
        bob.headers = vec![("origin", origin.to_owned())];
        for response in [
            bob.send(Method::OPTIONS, "/call-url", None).await,
            bob.get("/calls").await,
            bob.get("/").await,
        ] {
            for name in response.headers.keys() {
                assert!(!name.as_str().starts_with("access-control"), "{origin}: {name}");
            }
            let mut vary = response.headers.get_all("vary").iter();
            assert!(vary.any(|value| value == "Origin"), "{response:?}");
        }
    }
}
