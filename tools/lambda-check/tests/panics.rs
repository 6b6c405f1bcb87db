//! Tests that a panic costs one response, and neither the instance nor a secret.

#![allow(clippy::unwrap_used, reason = "tests report by panicking")]

use std::path::Path;

use emulator::{
    LambdaProcess, RuntimeApi,
    runtime_api::{INVOCATION_DEADLINE, Output},
};
use serde_json::{Value, json};

const ENDPOINT: &str = env!("CARGO_BIN_EXE_faulty-endpoint");
const EVENT_FUNCTION: &str = env!("CARGO_BIN_EXE_faulty-event-function");
const SECRET: &str = "hunter2-and-a-token";

#[tokio::test]
async fn a_panic_of_an_endpoint_is_a_500_that_says_nothing_and_the_instance_lives_on() {
    let process = spawn(ENDPOINT, &[]).await;
    let ways = ["panic", "expect", "index"];
    for way in ways {
        let response = process.invoke(request(&format!("{way} {SECRET}"))).await.unwrap();
        assert_eq!(response["statusCode"], 500, "{way}");
        let body: Value = serde_json::from_str(response["body"].as_str().unwrap()).unwrap();
        let expected = json!({
            "code": 500, "errno": 999, "error": "Internal Server Error",
            "message": "a fault of ours", "request_id": "the-request",
        });
        assert_eq!(body, expected, "{way}");
        for (name, value) in [
            ("cache-control", "no-store, no-transform"),
            ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
            ("content-type", "application/json"),
            ("referrer-policy", "no-referrer"),
            ("strict-transport-security", "max-age=31536000"),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
        ] {
            assert_eq!(response["headers"][name], value, "{way}: {name}");
        }
        let next = process.invoke(request("work")).await.unwrap();
        assert_eq!(next["statusCode"], 204, "{way}");
    }
    let output = said(&process, ways.len()).await;
    let log = |line: &str| serde_json::from_str::<Value>(line).unwrap();
    let causes: Vec<_> = output.stdout.lines().map(|line| log(line)["cause"].clone()).collect();
    assert_eq!(
        causes,
        ["panic", "", "panic", "", "panic", ""].map(|it| match it {
            "" => Value::Null,
            cause => cause.into(),
        })
    );
}

#[tokio::test]
async fn a_panic_over_one_message_brings_back_that_message_and_the_instance_lives_on() {
    let process = spawn(EVENT_FUNCTION, &[]).await;
    let records = [("1", "work"), ("2", &*format!("panic {SECRET}")), ("3", "work")];
    let response = process.invoke(messages(&records)).await.unwrap();
    assert_eq!(response, json!({ "batchItemFailures": [{ "itemIdentifier": "2" }] }));
    let next = process.invoke(messages(&records[..1])).await.unwrap();
    assert_eq!(next, json!({ "batchItemFailures": [] }));
    said(&process, 1).await;
}

#[tokio::test]
async fn a_panic_at_boot_ends_the_process_and_says_only_where() {
    let process = spawn(ENDPOINT, &[("SECRET_OF_THE_BOOT", SECRET)]).await;
    assert!(!process.exit(INVOCATION_DEADLINE).await.unwrap().success());
    said(&process, 1).await;
}

/// Returns the output of the process, and checks that it has one line for each panic, with the
/// place of the panic and no more.
async fn said(process: &LambdaProcess, panics: usize) -> Output {
    let has_all = |output: &Output| output.stderr.lines().count() >= panics;
    let output = process.wait_for_output(has_all, INVOCATION_DEADLINE).await.unwrap();
    assert!(!format!("{output:?}").contains(SECRET), "{output:?}");
    assert_eq!(output.stderr.lines().count(), panics, "{output:?}");
    for line in output.stderr.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let place = line["panic"].as_str().unwrap();
        assert!(place.starts_with("tools/lambda-check/src/bin/faulty-"), "{place}");
        assert_eq!(line.as_object().unwrap().len(), 1, "{line}");
    }
    output
}

async fn spawn(binary: &str, environment: &[(&str, &str)]) -> LambdaProcess {
    RuntimeApi::start().await.spawn(Path::new(binary), environment).unwrap()
}

fn request(body: &str) -> Value {
    json!({
        "version": "2.0", "routeKey": "POST /", "rawPath": "/", "rawQueryString": "",
        "headers": {}, "body": body, "isBase64Encoded": false,
        "requestContext": {
            "http": { "method": "POST", "path": "/" },
            "requestId": "the-request", "routeKey": "POST /", "stage": "$default", "timeEpoch": 0,
        },
    })
}

fn messages(records: &[(&str, &str)]) -> Value {
    let record = |(id, body): &(&str, &str)| json!({ "messageId": id, "body": body });
    json!({ "Records": records.iter().map(record).collect::<Vec<_>>() })
}
