//! Tests of the Runtime API, with a scripted client and with AWS's own runtime in a process.

use std::{
    env, fs,
    os::unix::{fs::PermissionsExt, process::ExitStatusExt},
    path::{Path, PathBuf},
    time::Duration,
};

use emulator::{InvocationError, RuntimeApi};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};

use loop_testkit::requests::{open, send};

const SOON: Duration = Duration::from_secs(10);

#[tokio::test]
async fn an_event_goes_to_the_function_and_its_answer_back() {
    let api = RuntimeApi::start().await;
    let root = format!("http://{}/2018-06-01/runtime", api.address());
    let invocation = api.queue(json!({ "hello": 1 }));

    let next = hyper::Request::get(format!("{root}/invocation/next")).body("").unwrap();
    let next = open(next).await.unwrap();
    let headers = next.headers();
    let id = headers["lambda-runtime-aws-request-id"].to_str().unwrap().to_owned();
    for name in ["deadline-ms", "invoked-function-arn", "trace-id"] {
        assert!(headers.contains_key(format!("lambda-runtime-{name}")), "{name}");
    }
    let url = format!("{root}/invocation/{id}/response");
    let (status, _) = send("POST", &url, r#"{"world":2}"#).await.unwrap();
    assert_eq!(status, 202);
    assert_eq!(invocation.response().await, Ok(json!({ "world": 2 })));
    assert_eq!(send("POST", &url, "{}").await.unwrap().0, 400, "answered once");
}

#[tokio::test]
async fn a_reported_error_is_an_error() {
    let api = RuntimeApi::start().await;
    let root = format!("http://{}/2018-06-01/runtime/invocation", api.address());
    let url = format!("{root}/next");
    let invocation = api.queue(json!("event"));
    let (_, event) = send("GET", &url, "").await.unwrap();
    assert_eq!(event, "\"event\"");
    let error = format!("{root}/00000000-0000-4000-8000-000000000001/error");
    send("POST", &error, r#"{"errorMessage":"no"}"#).await.unwrap();
    let failed = InvocationError::Failed(json!({ "errorMessage": "no" }));
    assert_eq!(invocation.response().await, Err(failed));
}

#[tokio::test]
async fn a_real_function_answers_in_an_environment_of_its_own() {
    let api = RuntimeApi::start().await;
    let early = api.queue(json!({ "number": 1 }));
    let function = api.spawn(&this_binary("function"), &[("GREETING", "hello")]).unwrap();
    let response = function.response(early).await.unwrap();
    assert_eq!(response["event"], json!({ "number": 1 }));
    assert_eq!(response["greeting"], "hello");
    assert_eq!(response["path"], Value::Null, "PATH is not handed down");
    assert_eq!(response["region"], "us-east-1");

    let failed = function.invoke(json!("fail")).await.unwrap_err();
    assert!(matches!(failed, InvocationError::Failed(_)), "{failed}");
    assert_eq!(function.invoke(json!(2)).await.unwrap()["event"], json!(2));
    let heard = |text: &str| text.contains("heard 2");
    function.wait_for_output(|output| heard(&output.stderr), SOON).await.unwrap();
}

#[tokio::test]
async fn a_process_that_ends_is_an_error_with_its_last_words() {
    let api = RuntimeApi::start().await;
    let binary = script("ends", "echo 'no key' >&2; exit 3");
    let function = api.spawn(&binary, &[]).unwrap();
    let error = function.invoke(json!({})).await.unwrap_err();
    let InvocationError::Exited { status, stderr, .. } = error else { panic!("{error}") };
    assert_eq!(status.code(), Some(3));
    assert_eq!(stderr, "no key\n");
    assert_eq!(function.exit(SOON).await, Some(status));
}

#[tokio::test]
async fn a_function_that_has_nothing_to_do_is_idle() {
    let api = RuntimeApi::start().await;
    let early = api.queue(json!(1));
    let function = api.spawn(&this_binary("function"), &[]).unwrap();
    // The function is not idle before it has responded to the event that was queued.
    function.idle().await.unwrap();
    assert_eq!(early.response().await.unwrap()["event"], json!(1));
    function.invoke(json!(2)).await.unwrap();
    function.idle().await.unwrap();
    // It is not idle either once an event is queued that it cannot have received yet.
    let late = api.queue(json!(3));
    function.idle().await.unwrap();
    let response =
        tokio::time::timeout(Duration::ZERO, late.response()).await.expect("it is there already");
    assert_eq!(response.unwrap()["event"], json!(3));

    let other = RuntimeApi::start().await;
    let ends = other.spawn(&script("ends-unasked", "exit 3"), &[]).unwrap();
    assert!(matches!(ends.idle().await, Err(InvocationError::Exited { .. })));
}

#[tokio::test]
async fn a_function_ends_by_itself_when_the_api_does() {
    let api = RuntimeApi::start().await;
    let function = api.spawn(&this_binary("function"), &[]).unwrap();
    let last = api.queue(json!(1));
    api.end();
    assert_eq!(function.response(last).await.unwrap()["event"], json!(1));
    let status = function.exit(SOON).await.unwrap();
    assert_eq!(status.signal(), None);
}

#[tokio::test]
async fn a_wrapper_gets_the_binary_as_its_last_argument() {
    let wrapper = script("wraps", "shift; exec /usr/bin/env GREETING=wrapped \"$@\"");
    let wrapper = [wrapper.to_str().unwrap(), "first"];
    let api = RuntimeApi::start().await;
    let function = api.spawn_wrapped(&wrapper, &this_binary("function"), &[]).unwrap();
    assert_eq!(function.invoke(json!(1)).await.unwrap()["greeting"], "wrapped");
}

#[tokio::test]
async fn dropping_a_process_kills_it() {
    let api = RuntimeApi::start().await;
    let function = api.spawn(&script("sleeps", "echo up; exec /bin/sleep 1000"), &[]).unwrap();
    function.wait_for_output(|output| output.stdout == "up\n", SOON).await.unwrap();
    let process = format!("/proc/{}/stat", function.id());
    assert!(fs::exists(&process).unwrap());
    drop(function);
    let gone = async {
        // tokio waits for the killed process by itself; until then the process is still listed.
        while fs::read_to_string(&process).is_ok_and(|stat| !stat.contains(") Z ")) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(SOON, gone).await.unwrap();
}

/// This is not a test but the function that a test above starts.
#[tokio::test]
#[ignore = "runs only as a Lambda function"]
async fn function() {
    let variable = |name: &str| env::var(name).ok();
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Value>| {
        eprintln!("heard {}", event.payload);
        if event.payload == "fail" {
            return Err(Error::from("as told"));
        }
        Ok(json!({
            "event": event.payload,
            "greeting": variable("GREETING"),
            "path": variable("PATH"),
            "region": variable("AWS_REGION"),
        }))
    }))
    .await
    .unwrap();
}

/// Returns a script that runs one ignored test of this binary.
fn this_binary(test: &str) -> PathBuf {
    let this = env::current_exe().unwrap();
    let run = format!("exec '{}' --ignored --nocapture --exact", this.display());
    script(test, &format!("unset PATH; {run} runtime_api::{test}"))
}

fn script(name: &str, text: &str) -> PathBuf {
    let file =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
    fs::write(&file, format!("#!/bin/sh\n{text}\n")).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o700)).unwrap();
    file
}
