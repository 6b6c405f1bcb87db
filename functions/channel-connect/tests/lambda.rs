//! The binary itself, under the Lambda Runtime API.

#![allow(clippy::unwrap_used, reason = "tests report by panicking")]

use std::path::Path;

use emulator::{LambdaProcess, RuntimeApi, runtime_api::INVOCATION_DEADLINE};
use serde_json::json;

lambda_check::contract_tests!(
    events: channel_connect::ChannelConnect,
    requires: [
        "LOOP_PUBLIC_URL",
    ]
);

async fn spawn(environment: &[(&str, &str)]) -> LambdaProcess {
    RuntimeApi::start().await.spawn(Path::new(BINARY), environment).unwrap()
}

#[tokio::test]
async fn only_our_own_pages_and_listed_ones_open_connections() {
    let function = spawn(&[
        ("LOOP_PUBLIC_URL", "https://loop.example.org"),
        ("LOOP_ALLOWED_ORIGINS", "https://a.example"),
    ])
    .await;
    for (origin, status) in [
        (Some("https://loop.example.org"), 200),
        (Some("https://a.example"), 200),
        (None, 200),
        (Some("https://loop.example.org.evil.example"), 403),
        (Some("http://loop.example.org"), 403),
        (Some("null"), 403),
        (Some(""), 403),
    ] {
        let mut event = lambda_check::event(NAME);
        let headers = event["headers"].as_object_mut().unwrap();
        match origin {
            Some(origin) => headers.insert("Origin".to_owned(), origin.into()),
            None => headers.remove("Origin"),
        };
        let response = function.invoke(event).await.unwrap();
        assert_eq!(response, json!({ "statusCode": status }), "{origin:?}");
    }
    assert_eq!(function.output().stderr, "");
}

#[tokio::test]
async fn with_a_front_only_connections_through_it_are_opened() {
    let function = spawn(&[
        ("LOOP_PUBLIC_URL", "https://loop.example.org"),
        (
            "LOOP_ORIGIN_SECRETS",
            "new-secret-of-32-characters-or-so,old-secret-of-32-characters-or-so",
        ),
    ])
    .await;
    for (secret, status) in [
        (Some("new-secret-of-32-characters-or-so"), 200),
        (Some("old-secret-of-32-characters-or-so"), 200),
        (Some("old-secret-of-32-characters-or-s0"), 403),
        (Some(""), 403),
        (None, 403),
    ] {
        let mut event = lambda_check::event(NAME);
        if let Some(secret) = secret {
            event["headers"]["Loop-Origin-Secret"] = secret.into();
        }
        let response = function.invoke(event).await.unwrap();
        assert_eq!(response, json!({ "statusCode": status }), "{secret:?}");
    }
}

#[tokio::test]
async fn it_does_not_start_without_knowing_our_own_origin() {
    let function = spawn(&[]).await;
    assert!(!function.exit(INVOCATION_DEADLINE).await.unwrap().success());
    assert_eq!(function.output().stderr, "settings: LOOP_PUBLIC_URL is missing\n");
}
