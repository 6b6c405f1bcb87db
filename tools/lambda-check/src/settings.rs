//! What a function says when its settings are at fault.

use std::collections::{BTreeMap, BTreeSet};

use emulator::runtime_api::INVOCATION_DEADLINE;
use local::functions::Functions;
use loop_testkit::PushReceiver;
use serde_json::{Value, json};

use crate::{
    foreign::SECRET,
    world::{World, event, spawn},
};

/// Settings that may say anything.
const FREE: [&str; 3] = ["LOOP_BUILD", "LOOP_COMMIT", "LOOP_SOURCE"];

/// Checks that the function built as `binary` does not start without its settings, and says why
/// in one line.
///
/// # Panics
/// It starts, or says something else.
pub async fn says_which_settings_are_missing(binary: &str, settings: &[&str]) {
    let fault = fault(binary, "", &BTreeMap::new()).await;
    for setting in settings {
        assert!(fault.contains(&format!("{setting} is missing")), "{setting}: {fault}");
    }
}

/// Checks that the function built as `binary` does not start when any one of its settings is
/// faulty, and names it in one line that does not repeat what it says.
///
/// # Panics
/// It starts, or says something else.
pub async fn says_which_setting_is_faulty(binary: &str, function: &str) {
    let world = World::new(&PushReceiver::start().await).await;
    let asked = asked_settings(function);
    assert!(!asked.is_empty(), "{function}");
    for setting in asked.iter().filter(|setting| !FREE.contains(&setting.as_str())) {
        let mut environment = world.environment();
        environment.extend(around(setting));
        let faulty = format!("{SECRET} <is no value>");
        environment.insert(setting, &faulty);
        let fault = fault(binary, setting, &environment).await;
        assert!(fault.starts_with(&format!("settings: {setting}")), "{setting}: {fault}");
        assert!(!fault.contains(SECRET), "{fault}");
    }
}

/// Checks that the function built as `binary` starts although a variable looks like a setting and is
/// none, and says so in a line of its log that has names and no value.
///
/// # Panics
/// It does not, or says something else.
pub async fn names_unknown_settings(binary: &str, function: &str) {
    let world = World::new(&PushReceiver::start().await).await;
    let mut environment = world.environment();
    environment.insert("LOOP_ALLOWED_ORIGIN", SECRET);
    let process = spawn(binary, &environment).await;
    process.invoke(event(function)).await.unwrap();
    let output = process.output();
    let first: Value = serde_json::from_str(output.stdout.lines().next().unwrap()).unwrap();
    let told = "settings: LOOP_ALLOWED_ORIGIN is not a setting: is LOOP_ALLOWED_ORIGINS meant?";
    assert_eq!(first, json!({ "level": "WARN", "message": told }));
    assert_eq!(output.stderr, "");
    assert!(!output.stdout.contains(SECRET), "{output:?}");
}

/// What the binary says as it ends.
async fn fault(binary: &str, setting: &str, environment: &BTreeMap<&str, &str>) -> String {
    let process = spawn(binary, environment).await;
    let status = process.exit(INVOCATION_DEADLINE).await;
    assert!(status.is_some_and(|status| !status.success()), "{setting}: {status:?}");
    let output = process.output();
    assert_eq!(output.stdout, "");
    assert_eq!(output.stderr.lines().count(), 1, "{output:?}");
    output.stderr
}

/// All that the function reads, whichever provider is chosen.
fn asked_settings(function: &str) -> BTreeSet<String> {
    let mut asked = BTreeSet::from(["LOG_FORMAT".to_owned()]);
    for provider in ["direct", "livekit", "opentok"] {
        let named = |name: &str| match name {
            "LOOP_PROVIDER" => Some(provider.to_owned()),
            "LOOP_TURN_URLS" => Some("turn:turn.example.org".to_owned()),
            _ => None,
        };
        asked.extend(Functions::asked_settings(named).remove(function).unwrap());
    }
    // Lambda's own word for how the instance came to be.
    asked.remove("AWS_LAMBDA_INITIALIZATION_TYPE");
    asked
}

/// Without which other settings this one would not be looked at.
fn around(setting: &str) -> Vec<(&'static str, &'static str)> {
    match setting {
        name if name.starts_with("LIVEKIT_") => vec![("LOOP_PROVIDER", "livekit")],
        name if name.starts_with("OPENTOK_") || name == "LOOP_PROVIDER_TIMEOUT_MS" => vec![
            ("LOOP_PROVIDER", "opentok"),
            ("OPENTOK_API_KEY", "12345"),
            ("OPENTOK_API_SECRET", "good-for-nothing"),
        ],
        "LOOP_TURN_SECRET" => vec![("LOOP_TURN_URLS", "turn:turn.example.org")],
        // The one is there so that the other need not be.
        "LOOP_CHANNEL_ENDPOINT" => vec![("AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI", "")],
        _ => vec![],
    }
}
