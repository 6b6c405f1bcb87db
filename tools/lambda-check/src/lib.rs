//! Runs a function's binary under the Lambda Runtime API, gives it its event from `events/`, and
//! compares what comes back with the local server's answer to the same event.
//!
//! A library of its own because it needs the local server, on which the testkit cannot depend; the
//! tests of every function depend on it.

#![warn(missing_docs)]
#![allow(clippy::unwrap_used, reason = "this is test code: a panic is its way to report")]

mod channel;
mod foreign;
mod normal;
mod settings;
mod world;

use std::collections::BTreeMap;

use emulator::LambdaProcess;
use loop_testkit::PushReceiver;
use serde_json::{Value, json};

use crate::{
    foreign::{Foreign, SECRET},
    world::{World, spawn},
};

pub use channel::{ChannelFunction, tells_nobody_of_no_call};
pub use settings::{
    names_unknown_settings, says_which_setting_is_faulty, says_which_settings_are_missing,
};
pub use world::event;

/// Checks that the function built as `binary` answers `events/<function>.json` with success, and
/// with what the local server answers, but for what is random in it.
///
/// # Panics
/// They differ, which is the finding.
pub async fn same_answer(binary: &str, function: &str) {
    let event = event(function);
    let push = PushReceiver::start().await;
    let (here, there) = (World::new(&push).await, World::new(&push).await);

    let local = here.server.functions().http()[function].invoke(&event).await.unwrap();
    let local = normal::of_response(local);
    assert!(local.status.starts_with('2'), "{function}: {local:?}");

    let mut environment = here.environment();
    let database_url = there.database_url();
    environment.insert("AWS_ENDPOINT_URL_DYNAMODB", &database_url);
    let process = spawn(binary, &environment).await;
    let answer = process.invoke(event.clone()).await;
    let answer = answer.unwrap_or_else(|error| panic!("{error:?}: {:?}", process.output()));
    assert_eq!(normal::of_event_answer(&answer), local, "{function}");

    // The instance lives on: it answers again, and nothing but log lines was written.
    process.invoke(event.clone()).await.unwrap();
    assert_only_log_lines(&process, &event, &environment);
}

/// Checks that no event, however little it has to do with the function built as `binary`, ends the
/// process or makes it tell what was in the event, and that the process still answers
/// `events/<function>.json` after each of them.
///
/// # Panics
/// It does not.
pub async fn survives_foreign_events(binary: &str, function: &str) {
    let own = event(function);
    let push = PushReceiver::start().await;
    let world = World::new(&push).await;
    let environment = world.environment();
    let process = spawn(binary, &environment).await;
    for foreign in Foreign::all(&own) {
        foreign.check(&process, &own).await;
        let answer = process.invoke(own.clone()).await.unwrap();
        assert!(is_success(&answer), "after {}: {answer}", foreign.name);
    }
    assert_only_log_lines(&process, &own, &environment);
    assert!(!process.output().stdout.contains(SECRET), "{:?}", process.output());
}

/// Nothing but log lines, and nothing in them that the client or the operator keeps to themselves.
fn assert_only_log_lines(
    process: &LambdaProcess,
    event: &Value,
    environment: &BTreeMap<&str, &str>,
) {
    let output = process.output();
    assert_eq!(output.stderr, "");
    for line in output.stdout.lines() {
        assert!(serde_json::from_str::<Value>(line).is_ok(), "{line}");
        for secret in secrets(event, environment) {
            assert!(!line.contains(secret), "{secret} in {line}");
        }
    }
}

fn secrets<'a>(
    event: &'a Value,
    environment: &BTreeMap<&str, &'a str>,
) -> impl Iterator<Item = &'a str> {
    let cookies = event["cookies"].as_array().into_iter().flatten();
    let cookies = cookies.filter_map(|cookie| cookie.as_str()?.split_once('=')).map(|it| it.1);
    let sent = [&event["pathParameters"]["token"], &event["body"]];
    let settings = environment.iter().filter(|(name, _)| {
        ["KEYS", "KEY", "SECRET"].iter().any(|end| name.ends_with(end)) && !name.contains("PUBLIC")
    });
    let settings: Vec<&str> = settings.map(|(_, value)| *value).collect();
    let all = cookies.chain(sent.into_iter().filter_map(Value::as_str)).chain(settings);
    // What is shorter may well stand in a line for another reason.
    all.filter(|text| text.len() > 8)
}

/// 429 is one for `place-call`: each of its events places another call to the same callee.
fn is_success(answer: &Value) -> bool {
    match answer["statusCode"].as_u64() {
        Some(status) => (200..300).contains(&status) || status == 429,
        None => *answer == json!({ "batchItemFailures": [] }),
    }
}
