//! Faulty bodies: each gets the error that names its fault.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{Browser, World};

/// The response to a request with a body of the right type: status, errno, and part of the message.
pub(crate) type Expected = (u16, u16, &'static str);

#[tokio::test]
async fn wishes_for_a_link() {
    let world = World::new().await;
    let mut bob = world.registered("/bob").await;
    let wish = |name: &str, value: Value| {
        let mut wish = json!({ "remote_id": "alice", "valid_duration": 60 });
        wish[name] = value;
        wish.to_string()
    };
    let whole = (400, 107, "valid_duration: must be a whole number");
    let least = (400, 107, "valid_duration: at least 1 second");
    let most = (400, 107, "valid_duration: at most 2592000 seconds");
    let cases: Vec<(String, Expected)> = vec![
        ("{}".into(), (400, 108, "missing parameters: remote_id, valid_duration")),
        (
            r#"{"remoteId": "a", "validDuration": 60, "a@b": 1}"#.into(),
            (400, 108, "not parameters here: body, remoteId, validDuration"),
        ),
        (r#"{"valid_duration": 60}"#.into(), (400, 108, "missing parameters: remote_id")),
        (r#"{"remote_id": "alice"}"#.into(), (400, 108, "missing parameters: valid_duration")),
        (wish("remote_id", Value::Null), (400, 108, "missing parameters: remote_id")),
        (wish("remote_id", json!("")), (400, 107, "remote_id: must not be empty")),
        (wish("remote_id", json!(7)), (400, 107, "remote_id: must be a string")),
        (wish("remote_id", json!(["alice"])), (400, 107, "remote_id: must be a string")),
        (wish("remote_id", json!("a".repeat(65))), (400, 107, "remote_id: at most 64 characters")),
        (wish("remote_id", json!("a\nb")), (400, 107, "remote_id: no control characters")),
        (wish("remote_id", json!("a\u{202e}b")), (400, 107, "remote_id: no control characters")),
        (r#"{"remote_id": "\ud800", "valid_duration": 60}"#.into(), (400, 106, "JSON")),
        (
            wish("callee_name", json!("b".repeat(65))),
            (400, 107, "callee_name: at most 64 characters"),
        ),
        (wish("callee_name", json!("")), (400, 107, "callee_name: must not be empty")),
        (wish("callee_name", json!({})), (400, 107, "callee_name: must be a string")),
        (wish("valid_duration", json!("60")), whole),
        (wish("valid_duration", json!(true)), whole),
        (wish("valid_duration", json!(1.5)), whole),
        (wish("valid_duration", json!(-0.5)), whole),
        (wish("valid_duration", json!(60.000_1)), whole),
        (wish("valid_duration", json!(0)), least),
        (wish("valid_duration", json!(-1)), least),
        (wish("valid_duration", json!(0.0)), least),
        (wish("valid_duration", json!(-60.0)), least),
        (wish("valid_duration", json!(-1e300)), least),
        (wish("valid_duration", json!(2_592_001.0)), most),
        (wish("valid_duration", json!(i64::MIN)), least),
        (wish("valid_duration", json!(2_592_001)), most),
        (wish("valid_duration", json!(u64::MAX)), most),
        (wish("valid_duration", json!(1e300)), most),
        (r#"{"remote_id":"alice","valid_duration":1e999}"#.into(), (400, 106, "JSON")),
        (wish("valid_durations", json!(60)), (400, 107, "valid_durations: not a parameter here")),
        (wish("alice@example.com", json!(60)), (400, 107, "body: not a parameter here")),
        (
            r#"{"remote_id": 7, "valid_duration": 0}"#.into(),
            (400, 107, "remote_id: must be a string; valid_duration: at least 1 second"),
        ),
    ];
    refuse_all(&mut bob, Method::POST, "/call-url", &cases).await;
    refuse_what_is_no_json_object(&mut bob, Method::POST, "/call-url").await;
    let empty = bob.send(Method::POST, "/call-url", None).await;
    assert_eq!(
        empty.expect_error(400, 108)["message"],
        "missing parameters: remote_id, valid_duration"
    );
}

#[tokio::test]
async fn push_urls() {
    let world = World::new().await;
    let mut bob = world.registered("/bob").await;
    let simple = |url: &str| json!({ "simple_push_url": url }).to_string();
    let neither =
        (400, 108, "missing parameters: simple_push_url, push_subscription or polling_id");
    let mut cases: Vec<(String, Expected)> = vec![
        ("{}".into(), neither),
        (json!({ "simple_push_url": null }).to_string(), neither),
        (
            json!({ "simple_push_url": 7 }).to_string(),
            (400, 107, "simple_push_url: must be a string"),
        ),
        (
            json!({ "push_subscription": "x" }).to_string(),
            (400, 107, "push_subscription: must be an object"),
        ),
        (json!({ "push_subscription": {} }).to_string(), (400, 107, "push_subscription: endpoint")),
        (
            json!({ "push_subscription": { "endpoint": 7 } }).to_string(),
            (400, 107, "push_subscription: endpoint"),
        ),
        (
            json!({ "push_subscription": { "endpoint": "http://example.com" } }).to_string(),
            (400, 107, "push_subscription: endpoint"),
        ),
        (
            json!({
                "simple_push_url": world.push.url("/a"),
                "push_subscription": { "endpoint": world.push.url("/b") },
            })
            .to_string(),
            (400, 107, "body: one of simple_push_url, push_subscription and polling_id"),
        ),
    ];
    for wrong in ["", "x", "AAAAAAAAAAAAAAAAAAAAAB", "AAAAAAAAAAAAAAAAAAAAAAA"] {
        let body = json!({ "polling_id": wrong }).to_string();
        cases.push((body, (400, 107, "polling_id: must be 16 bytes")));
    }
    for url in [
        "",
        "nonsense",
        "/relative",
        "ftp://updates.push.services.mozilla.com/x",
        "javascript:alert(1)",
        "http://updates.push.services.mozilla.com/x",
        "https://example.com/x",
        "https://10.0.0.1/x",
        "https://[::1]/x",
        "https://0x7f000001/x",
        "https://user:word@updates.push.services.mozilla.com/x",
        "https://updates.push.services.mozilla.com:8443/x",
        "https://updates.push.services.mozilla.com.evil.example/x",
    ] {
        cases.push((simple(url), (400, 107, "simple_push_url: ")));
    }
    let long = format!("https://updates.push.services.mozilla.com/{}", "x".repeat(2048));
    cases.push((simple(&long), (400, 107, "simple_push_url: at most 2048 bytes")));
    refuse_all(&mut bob, Method::POST, "/registration", &cases).await;
    // Any URL can be unregistered, regardless of the URLs that may be called today.
    cases.retain(|(body, _)| !body.contains("://") && !body.contains("javascript:"));
    refuse_all(&mut bob, Method::DELETE, "/registration", &cases).await;
    for method in [Method::POST, Method::DELETE] {
        refuse_what_is_no_json_object(&mut bob, method, "/registration").await;
    }
}

#[tokio::test]
async fn calls() {
    let world = World::new().await;
    let mut bob = world.registered("/bob").await;
    let (path, _) = bob.link(600).await;
    let kind = (400, 107, "call_type: must be \"audio\" or \"audio-video\"");
    let cases: Vec<(String, Expected)> = vec![
        (json!({ "call_type": "" }).to_string(), kind),
        (json!({ "call_type": "AUDIO" }).to_string(), kind),
        (json!({ "call_type": 1 }).to_string(), (400, 107, "call_type: must be a string")),
        (json!({ "type": "audio" }).to_string(), (400, 107, "type: not a parameter here")),
    ];
    let mut alice = world.browser();
    refuse_all(&mut alice, Method::POST, &path, &cases).await;
    refuse_what_is_no_json_object(&mut alice, Method::POST, &path).await;
    for version in ["", "-1", "1.5", "x", "18446744073709551616", "1%00"] {
        let refusal = bob.get(&format!("/calls?version={version}")).await;
        let message = refusal.expect_error(400, 107)["message"].to_string();
        assert!(message.contains("version: must be a whole number"), "{version}: {message}");
    }
    assert!(world.push.received().is_empty());
}

pub(crate) async fn refuse_all(
    browser: &mut Browser,
    method: Method,
    path: &str,
    cases: &[(String, Expected)],
) {
    for (body, (status, errno, part)) in cases {
        let body = Some((Some("application/json; charset=utf-8"), body.clone().into_bytes()));
        let sent = format!("{method} {path} {body:?}");
        let response = browser.send(method.clone(), path, body).await;
        assert_eq!(response.status.as_u16(), *status, "{sent}: {}", response.text);
        let message =
            response.expect_error(*status, *errno)["message"].as_str().unwrap().to_owned();
        assert!(message.contains(part), "{sent}: {message}");
    }
}

async fn refuse_what_is_no_json_object(browser: &mut Browser, method: Method, path: &str) {
    let json = Some("application/json");
    let deep = "[".repeat(8000);
    let deep_object = "{\"a\":".repeat(2000);
    let mut large = b"{\"remote_id\": \"".to_vec();
    large.resize(16 * 1024 + 1, b'a');
    let cases: Vec<(Option<&str>, Vec<u8>, u16, u16)> = vec![
        (json, b"nonsense".to_vec(), 400, 106),
        (json, b"{".to_vec(), 400, 106),
        (json, b"{} {}".to_vec(), 400, 106),
        (json, b"{\"a\": NaN}".to_vec(), 400, 106),
        (json, b"\xef\xbb\xbf".to_vec(), 400, 106),
        (json, b"\xef\xbb\xbf\xef\xbb\xbf{}".to_vec(), 400, 106),
        (json, b"\xff\xfe".to_vec(), 400, 106),
        (json, b"{\"a\": \"\xff\"}".to_vec(), 400, 106),
        (json, b"\0".to_vec(), 400, 106),
        (json, deep.into_bytes(), 400, 106),
        (json, deep_object.into_bytes(), 400, 106),
        (json, b"[]".to_vec(), 400, 107),
        (json, b"null".to_vec(), 400, 107),
        (json, b"7".to_vec(), 400, 107),
        (json, b"\"text\"".to_vec(), 400, 107),
        (json, large, 413, 113),
        (None, b"{}".to_vec(), 415, 114),
        (Some("text/plain"), b"{}".to_vec(), 415, 114),
        (Some("application/x-www-form-urlencoded"), b"remote_id=alice".to_vec(), 415, 114),
        (Some("application/jsonp"), b"{}".to_vec(), 415, 114),
        (Some("application/json, text/plain"), b"{}".to_vec(), 415, 114),
        (Some("application/json,"), b"{}".to_vec(), 415, 114),
        (Some(""), b"{}".to_vec(), 415, 114),
    ];
    for (content_type, body, status, errno) in cases {
        let response = browser.send(method.clone(), path, Some((content_type, body))).await;
        response.expect_error(status, errno);
    }
}
