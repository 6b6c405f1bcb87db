//! The pages that people see.

use std::collections::BTreeSet;

use reqwest::StatusCode;
use serde_json::json;

use crate::world::{Answer, World};

#[tokio::test]
async fn the_page_says_who_is_called_for_whom_and_until_when() {
    let world = World::new().await;
    let mut bob = world.registered("/bob").await;
    let (path, _) = bob.link(86_400).await;
    let page = world.browser().page(&path).await;
    assert_eq!(page.status, StatusCode::OK);
    for part in [
        "<title>Call Bob?</title>",
        "Do you want to call <bdi>Bob</bdi>?",
        "alice@example.com",
        "datetime=\"2027-01-16T08:00:00Z\"",
        "16 January 2027, 08:00 UTC",
        "<noscript>",
    ] {
        assert!(page.text.contains(part), "{part}");
    }
    expect_safe(&page);
    assert!(page.text.len() < 60 * 1024, "{} bytes", page.text.len());
}

#[tokio::test]
async fn bad_links_get_a_friendly_page_with_the_right_status() {
    let world = World::new().await;
    let mut bob = world.registered("/bob").await;
    let (path, _) = bob.link(60).await;
    let mut alice = world.browser();
    let forged = alice.page("/calls/AAAA").await;
    world.after(60);
    let expired = alice.page(&path).await;
    assert_eq!((forged.status, expired.status), (StatusCode::NOT_FOUND, StatusCode::GONE));
    for page in [&forged, &expired] {
        assert!(page.text.contains("This link is not valid"), "{}", page.text);
        assert!(!page.text.contains("<script"));
        expect_safe(page);
    }
    assert_eq!(forged.text, expired.text);
}

#[tokio::test]
async fn names_are_text_and_never_markup() {
    let world = World::new().await;
    let mut bob = world.registered("/bob").await;
    let wish = json!({
        "remote_id": "<img src=x onerror=alert(1)>",
        "callee_name": "\"><script>x</script>",
        "valid_duration": 60,
    });
    let made = bob.post("/call-url", wish).await.expect(StatusCode::OK);
    let path = format!("/calls/{}", made["call_token"].as_str().unwrap());
    let page = world.browser().page(&path).await;
    assert!(!page.text.contains("<img") && !page.text.contains("<script>x"), "{}", page.text);
    assert_eq!(page.text.matches("<script>").count(), 1);
}

#[tokio::test]
async fn a_link_without_a_name_still_asks_politely() {
    let world = World::new().await;
    let mut bob = world.registered("/bob").await;
    let wish = json!({ "remote_id": "alice", "valid_duration": 60, "callee_name": null });
    let made = bob.post("/call-url", wish).await.expect(StatusCode::OK);
    let path = format!("/calls/{}", made["call_token"].as_str().unwrap());
    let page = world.browser().page(&path).await;
    assert!(page.text.contains("the person who gave you this link"), "{}", page.text);
    let opened = world.browser().get(&path).await.expect(StatusCode::OK);
    assert_eq!(opened["callee_name"], json!(null));
}

#[track_caller]
fn expect_safe(page: &Answer) {
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(page.header("cache-control"), "no-store");
    assert_eq!(page.header("referrer-policy"), "no-referrer");
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    assert_eq!(page.header("x-frame-options"), "DENY");
    assert_eq!(page.vary(), BTreeSet::from(["Accept", "Accept-Encoding", "Accept-Language"]));
    let policy = page.header("content-security-policy");
    for part in ["default-src 'none'", "script-src 'sha256-", "frame-ancestors 'none'"] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    assert!(!page.text.contains("http://") && !page.text.contains("https://"), "no third party");
}
