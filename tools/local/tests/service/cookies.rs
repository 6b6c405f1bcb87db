//! The session cookie: the attributes that it is given, and the cookies that are accepted.

use std::collections::BTreeSet;

use loop_core::limits::SESSION_LIFETIME;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::world::{Browser, Received, World};

const TLS: (&str, &str) = ("LOOP_PUBLIC_URL", "https://calls.example.org");
const FRIEND: (&str, &str) = ("LOOP_ALLOWED_ORIGINS", "https://friend.example");

fn polling(letter: char) -> Value {
    json!({ "polling_id": format!("{}A", letter.to_string().repeat(21)) })
}

/// Returns a browser that has registered, with a session of its own.
async fn registered(world: &World, letter: char) -> Browser {
    let mut browser = world.browser();
    browser.post("/registration", polling(letter)).await.expect(StatusCode::OK);
    browser
}

/// Returns the name of the only cookie that a response sets, and its attributes.
#[track_caller]
fn given(response: &Received) -> (&str, BTreeSet<&str>) {
    let given: Vec<_> = response.headers.get_all("set-cookie").iter().collect();
    let [cookie] = given[..] else { panic!("{given:?}") };
    let (pair, attributes) = cookie.to_str().unwrap().split_once("; ").unwrap();
    (pair.split_once('=').unwrap().0, attributes.split("; ").collect())
}

#[tokio::test]
async fn every_cookie_has_the_same_attributes_whatever_gives_it() {
    for (settings, name, more) in [
        (vec![], "loop_session", vec!["SameSite=Strict"]),
        (vec![FRIEND], "loop_session", vec!["SameSite=Strict"]),
        (vec![TLS], "__Host-loop_session", vec!["SameSite=Strict", "Secure"]),
        (vec![TLS, FRIEND], "__Host-loop_session", vec!["SameSite=None", "Secure"]),
    ] {
        let world = World::with(&settings).await;
        let max_age = format!("Max-Age={}", SESSION_LIFETIME.as_secs());
        let mut expected = BTreeSet::from(["Path=/", "HttpOnly", &max_age]);
        expected.extend(more);
        let mut bob = world.browser();
        let begun = bob.post("/registration", polling('A')).await;
        world.after(SESSION_LIFETIME.as_secs() / 2);
        let renewed = bob.get("/calls").await;
        world.after(SESSION_LIFETIME.as_secs() / 2 + 60);
        let wish = json!({ "remote_id": "alice", "valid_duration": SESSION_LIFETIME.as_secs() });
        let outliving = bob.post("/call-url", wish).await;
        // The old session has expired, so this registration begins a new one.
        world.after(3 * SESSION_LIFETIME.as_secs());
        let again = bob.post("/registration", polling('A')).await;
        for response in [begun, renewed, outliving, again] {
            response.expect(StatusCode::OK);
            assert_eq!(given(&response), (name, expected.clone()));
        }
    }
}

#[tokio::test]
async fn a_session_that_nobody_has_signed_is_never_adopted() {
    let world = World::new().await;
    let foreign = registered(&World::new().await, 'A').await.cookie.unwrap();
    let bob = registered(&world, 'A').await.cookie.unwrap();
    let (_, token) = bob.split_once('=').unwrap();
    let link = registered(&world, 'A').await.link(600).await.1;
    let flipped = if token.ends_with('A') { 'B' } else { 'A' };
    for planted in [
        "loop_session=".to_owned(),
        "loop_session=eve".to_owned(),
        format!("loop_session={}", "A".repeat(token.len())),
        format!("loop_session={}{flipped}", &token[..token.len() - 1]),
        format!("loop_session=\"{token}\""),
        format!("loop_session={token}="),
        format!("loop_session=={token}"),
        format!("Loop_Session={token}"),
        format!("__Host-loop_session={token}"),
        format!("__Secure-loop_session={token}"),
        format!("loop_session={}", link["call_token"].as_str().unwrap()),
        foreign,
    ] {
        let mut victim = world.browser();
        victim.cookie = Some(planted.clone());
        victim.get("/calls").await.expect_error(401, 110);
        let begun = victim.post("/registration", polling('B')).await;
        begun.expect(StatusCode::OK);
        assert_eq!(given(&begun).0, "loop_session", "a new one takes its place");
        let own = victim.cookie.clone().unwrap();
        assert!(own != planted && own != bob, "{planted}");
        assert_eq!(ringing_through(&mut victim, &world).await, 1, "{planted}");
    }
}

/// An attacker who can plant a valid cookie makes Bob's browser ring for calls to Eve. Over TLS
/// only this very host can plant one (`__Host-`): see docs/sessions.md.
#[tokio::test]
async fn a_valid_session_is_its_user_s_whoever_sends_it_and_stays_as_it_is() {
    let world = World::new().await;
    let mut eve = registered(&world, 'A').await;
    let mut bob = world.browser();
    bob.cookie = eve.cookie.clone();
    let response = bob.post("/registration", polling('B')).await;
    response.expect(StatusCode::OK);
    assert_eq!(response.header("set-cookie"), "", "what Bob does later is not Eve's by surprise");
    let (path, _) = eve.link(600).await;
    let placed = world.browser().call(&path).await.expect(StatusCode::OK);
    assert_eq!(placed["notified"], true, "both ask for the same user's calls");
}

#[tokio::test]
async fn of_two_cookies_the_first_valid_one_counts() {
    let world = World::new().await;
    let (mut bob, mut eve) = (registered(&world, 'A').await, registered(&world, 'B').await);
    let (bobs, eves) = (bob.cookie.clone().unwrap(), eve.cookie.clone().unwrap());
    assert_eq!(ringing_through(&mut bob, &world).await, 1);
    assert_eq!(eve.get("/calls").await.json()["calls"], json!([]));
    for (cookies, calls) in [
        (format!("{bobs}; {eves}"), 1),
        (format!("{eves}; {bobs}"), 0),
        (format!("loop_session=x; {bobs}; {eves}"), 1),
        (format!("loop_session=; loop_session; ={eves}; {bobs}"), 1),
        (format!("{}; {bobs}", eves.replace("loop", "Loop")), 1),
    ] {
        bob.cookie = Some(cookies.clone());
        let listed = bob.get("/calls").await.expect(StatusCode::OK);
        assert_eq!(listed["calls"].as_array().unwrap().len(), calls, "{cookies}");
    }
}

/// A sibling domain, or an attacker on the network, can plant any cookie but one of this name:
/// browsers see to that.
#[tokio::test]
async fn over_tls_no_cookie_without_the_prefix_counts() {
    let world = World::with(&[TLS]).await;
    let mut bob = registered(&world, 'A').await;
    let cookie = bob.cookie.clone().unwrap();
    bob.get("/calls").await.expect(StatusCode::OK);
    let (_, token) = cookie.split_once('=').unwrap();
    for name in [
        "loop_session",
        "__host-loop_session",
        "__HOST-loop_session",
        "__Host-Loop_session",
        "__Secure-loop_session",
        "%5F%5FHost-loop_session",
        "__Host-loop_session ",
        "x__Host-loop_session",
        "$__Host-loop_session",
        "",
    ] {
        bob.cookie = Some(format!("{name}={token}"));
        bob.get("/calls").await.expect_error(401, 110);
        bob.cookie = Some(format!("{name}={token}; {cookie}"));
        bob.get("/calls").await.expect(StatusCode::OK);
    }
}

/// Returns the number of calls that ring this browser after a call through a new link of its own.
async fn ringing_through(browser: &mut Browser, world: &World) -> usize {
    let (path, _) = browser.link(600).await;
    world.browser().call(&path).await.expect(StatusCode::OK);
    let listed = browser.get("/calls").await.expect(StatusCode::OK);
    listed["calls"].as_array().unwrap().len()
}
