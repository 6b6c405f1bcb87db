//! Cross-origin reading of responses: only the sites on the list may do it, spelled as there.

use std::collections::BTreeSet;

use loop_lambda::routes::{ROUTES, allowed_methods};
use reqwest::Method;

use crate::world::{Browser, Received, World};

const FRIENDS: &str = "https://friend.example,https://other.example:8443";

/// Origins that look like those of friends.
const STRANGERS: &[&str] = &[
    "https://evil.example",
    "https://friend.example.evil.example",
    "https://friend.example.",
    "https://evilfriend.example",
    "https://sub.friend.example",
    "https://friend.exampl",
    "https://friend.example:443",
    "https://friend.example:8443",
    "https://friend.example/",
    "https://friend.example/path",
    "https://bob@friend.example",
    "http://friend.example",
    "HTTPS://friend.example",
    "https://Friend.example",
    "https://other.example",
    "https://other.example:8444",
    "https://friend.example,https://other.example:8443",
    "https://friend.example https://other.example:8443",
    "https://xn--frind-0oa.example",
    "friend.example",
    "null",
    "*",
    "",
    "é",
];

/// Returns a response of each kind: JSON, a page, a script, nothing, errors, permissions.
async fn responses(browser: &mut Browser) -> Vec<Received> {
    let mut responses = vec![
        browser.get("/").await,
        browser.page("/").await,
        browser.get("/service-worker.js").await,
        browser.get("/calls").await,
        browser.get("/calls/AAAA").await,
        browser.page("/calls/AAAA").await,
        browser.get("/nothing").await,
        browser.send(Method::PUT, "/calls", None).await,
        browser.call("/registration").await,
    ];
    for path in paths() {
        responses.push(browser.send(Method::OPTIONS, &path, None).await);
    }
    responses
}

fn paths() -> BTreeSet<String> {
    let paths = ROUTES.iter().map(|route| route.path);
    paths.map(|path| path.replace("{token}", "AAAA").replace("{proxy+}", "")).collect()
}

fn permissions(response: &Received) -> Vec<&str> {
    let names = response.headers.keys().map(|name| name.as_str());
    names.filter(|name| name.starts_with("access-control")).collect()
}

fn varies_by_origin(response: &Received) -> bool {
    response.vary().contains("Origin")
}

#[tokio::test]
async fn who_is_not_on_the_list_as_spelled_there_gets_no_permission() {
    let world = World::with(&[("LOOP_ALLOWED_ORIGINS", FRIENDS)]).await;
    let mut bob = world.registered("/bob").await;
    let asks = [
        ("access-control-request-method", "DELETE".to_owned()),
        ("access-control-request-headers", "content-type".to_owned()),
    ];
    let own = world.server.url();
    for origin in STRANGERS.iter().copied().chain([own.as_str()]) {
        bob.headers = asks.to_vec();
        bob.headers.push(("origin", origin.to_owned()));
        for response in responses(&mut bob).await {
            assert!(permissions(&response).is_empty(), "{origin}: {response:?}");
            assert!(varies_by_origin(&response), "{origin}: {response:?}");
        }
    }
}

#[tokio::test]
async fn who_is_on_the_list_may_read_every_answer_and_is_named_in_it() {
    let world = World::with(&[("LOOP_ALLOWED_ORIGINS", FRIENDS)]).await;
    let mut bob = world.registered("/bob").await;
    for friend in FRIENDS.split(',') {
        bob.headers = vec![("origin", friend.to_owned())];
        for response in responses(&mut bob).await {
            assert_eq!(response.header("access-control-allow-origin"), friend, "{response:?}");
            assert_eq!(response.header("access-control-allow-credentials"), "true");
            assert_eq!(response.header("access-control-expose-headers"), "Retry-After");
            assert!(varies_by_origin(&response), "{response:?}");
        }
        for path in paths() {
            let preflight = bob.send(Method::OPTIONS, &path, None).await;
            assert_eq!(preflight.status.as_u16(), 204, "{path}");
            let methods = allowed_methods(&path).unwrap();
            assert_eq!(preflight.header("access-control-allow-methods"), methods, "{path}");
            let headers = preflight.header("access-control-allow-headers");
            assert_eq!(headers, "content-type, idempotency-key");
            let seconds: u64 = preflight.header("access-control-max-age").parse().unwrap();
            assert!(seconds <= 600, "a site that was taken off the list is soon off it");
            assert!(preflight.text.is_empty());
        }
    }
}

#[tokio::test]
async fn without_a_list_there_are_no_permissions_at_all() {
    let world = World::new().await;
    let mut bob = world.registered("/bob").await;
    let own = world.server.url();
    for origin in ["https://evil.example", "null", "*", own.as_str()] {
        bob.headers = vec![("origin", origin.to_owned())];
        for response in responses(&mut bob).await {
            assert!(permissions(&response).is_empty(), "{origin}: {response:?}");
        }
    }
}
