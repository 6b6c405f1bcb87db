//! Tests of links that went through chats, mails and documents.

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::world::World;

/// Texts that may come along at the end of a link, as they stand in a path.
const ENDS: &[&str] = &[
    ".",
    ",",
    ";",
    ":",
    "!",
    ")",
    "]",
    "%7D",
    "%3E",
    "%22",
    "'",
    "*",
    "**",
    "_",
    "__",
    "-",
    "~",
    "%20",
    "%0A",
    "%09",
    "%2520",
    "%252E",
    "%E2%80%8B",
    "%E2%80%99",
    "%C2%A0",
    "%C2%BB",
    "%EF%BB%BF",
    "%E3%80%82",
    "%EF%BC%89",
    "/",
    "//",
    "/%20",
    "%2F",
    "/.",
];

#[tokio::test]
async fn a_link_is_found_in_what_was_pasted() {
    let world = World::new().await;
    let (link, _) = world.registered("/bob").await.link(600).await;
    let mut alice = world.browser();
    for end in ENDS {
        let pasted = format!("{link}{end}");
        for response in [alice.get(&pasted).await, alice.page(&pasted).await] {
            assert_eq!(response.status, StatusCode::FOUND, "{end}: {response:?}");
            assert_eq!(response.header("location"), link, "{end}");
            assert_eq!(response.header("cache-control"), "no-store, no-transform");
            assert_eq!(response.text, "");
        }
    }
    for start in ["%22", "%3C", "(", "*", "_", "%E2%80%8B", "%20"] {
        let pasted = link.replace("/calls/", &format!("/calls/{start}"));
        assert_eq!(alice.page(&pasted).await.header("location"), link, "{start}");
    }
    // Chats and networks add these queries, which have no effect.
    for query in ["?utm_source=chat&utm_medium=x", "?fbclid=IwAR0", "?"] {
        alice.get(&format!("{link}{query}")).await.expect(StatusCode::OK);
        let redirected = alice.get(&format!("{link}.{query}")).await;
        assert_eq!(redirected.header("location"), link);
    }
    alice.get(&link).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn only_the_one_spelling_opens_rings_and_ends_a_link() {
    let world = World::new().await;
    let mut bob = world.registered("/bob").await;
    let (link, made) = bob.link(600).await;
    let token = made["call_token"].as_str().unwrap();
    let mut alice = world.browser();
    for end in [".", "=", "%20", "_", "%2520"] {
        alice.call(&format!("{link}{end}")).await.expect_error(404, 105);
        bob.delete(&format!("/call-url/{token}{end}")).await.expect_error(404, 105);
    }
    assert_eq!(bob.get("/calls").await.expect(StatusCode::OK)["calls"], json!([]));
    for junk in ["A.", "%20", "foo.php", ".env"] {
        alice.get(&format!("/calls/{junk}")).await.expect_error(404, 105);
    }
    // A slash counts as a slash, escaped or not, so this is not a link at all.
    alice.get("/calls/%2e%2e%2fetc").await.expect_error(404, 404);
    let forged = format!("{}{}.", &link[..link.len() - 20], "A".repeat(20));
    alice.get(&forged).await.expect_error(404, 105);
    alice.get(&format!("{forged}/")).await.expect_error(404, 404);
    let posted = alice.send(Method::POST, &format!("{link}/"), None).await;
    assert_ne!(posted.status, StatusCode::FOUND);
}

#[tokio::test]
async fn a_link_that_is_over_says_so_whatever_came_along() {
    let world = World::new().await;
    let (link, _) = world.registered("/bob").await.link(60).await;
    world.after(60);
    let mut alice = world.browser();
    for end in [".", "/", "%2520"] {
        let redirected = alice.page(&format!("{link}{end}")).await;
        assert_eq!(redirected.header("location"), link);
    }
    assert_eq!(alice.page(&link).await.status, StatusCode::GONE);
}

/// Programs that turn addresses in a text into links leave other characters at the end out. The
/// links here are made by the endpoint itself, with texts of every length.
#[tokio::test]
async fn no_link_that_is_made_ends_in_a_mark() {
    let world = World::new().await;
    let mut bob = world.registered("/bob").await;
    for length in 1..=64 {
        for name in [None, Some("B"), Some("Bo")] {
            let wish = json!({
                "remote_id": "a".repeat(length), "callee_name": name, "valid_duration": 60,
            });
            let made = bob.post("/call-url", wish).await.expect(StatusCode::OK);
            let url = made["call_url"].as_str().unwrap();
            assert!(url.ends_with(|last: char| last.is_ascii_alphanumeric()), "{url}");
        }
    }
}
