//! Tests of the pages that people see.

use std::collections::BTreeSet;

use reqwest::StatusCode;
use serde_json::json;

use crate::world::{Received, World};

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

/// The clients are programs that show a preview of a link, and browsers that name no type.
#[tokio::test]
async fn whoever_names_no_type_gets_the_page_with_what_a_preview_shows() {
    let world = World::new().await;
    let mut bob = world.registered("/bob").await;
    let (path, _) = bob.link(600).await;
    for (language, title, description) in [
        ("en", "Call Bob?", "With this link you can call Bob from your browser. "),
        ("de", "Bob anrufen?", "Mit diesem Link können Sie Bob vom Browser aus anrufen, "),
    ] {
        let mut bot = world.browser().header("accept-language", language);
        for accept in ["*/*", "", "text/html", "text/html,*/*;q=0.8", "image/*, */*;q=0.5"] {
            bot.headers.push(("accept", accept.to_owned()));
            let page = bot.get(&path).await;
            assert_eq!(page.status, StatusCode::OK);
            expect_safe(&page);
            for part in [
                format!("<title>{title}</title>"),
                format!(r#"<meta property="og:title" content="{title}">"#),
                format!(
                    r#"<meta name="description" property="og:description" content="{description}"#
                ),
                r#"<meta property="og:type" content="website">"#.to_owned(),
            ] {
                assert!(page.text.contains(&part), "{accept}: {part}");
            }
            // All who see the message see the preview, so it does not say for whom the link is.
            let (head, _) = page.text.split_once("<style>").unwrap();
            assert!(!head.contains("alice"), "{head}");
            let first = bot.get("/").await;
            assert!(first.text.contains(r#"<meta name="description" property="og:description""#));
            bot.headers.pop();
        }
    }
}

#[tokio::test]
async fn a_program_that_names_json_gets_it() {
    let world = World::new().await;
    let mut bob = world.registered("/bob").await;
    let (path, _) = bob.link(600).await;
    for accept in
        ["application/json", "application/json, text/plain, */*", "application/json, text/html"]
    {
        let mut program = world.browser().header("accept", accept);
        assert_eq!(program.get(&path).await.expect(StatusCode::OK)["callee_name"], "Bob");
        assert_eq!(program.get("/").await.expect(StatusCode::OK)["name"], "loop");
        program.get("/calls/AAAA").await.expect_error(404, 105);
    }
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
fn expect_safe(page: &Received) {
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(page.header("cache-control"), "no-store, no-transform");
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
