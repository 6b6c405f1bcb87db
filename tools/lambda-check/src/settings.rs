//! The reports of a function whose settings are at fault.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
};

use emulator::runtime_api::INVOCATION_DEADLINE;
use loop_core::{Clock, Settings};
use loop_lambda::{LogFormat, Logger};
use loop_testkit::{PushReceiver, fixtures::event, settings::asked_settings};
use serde_json::{Value, json};

use crate::{
    foreign::SECRET,
    success::is_success,
    world::{World, spawn},
};

/// A function that builds a Lambda function from its settings.
type Build<T> = fn(&mut Settings<'_>, &Clock, &Logger) -> Option<T>;

/// Settings for which every value is valid.
const FREE: [&str; 3] = ["LOOP_BUILD", "LOOP_COMMIT", "LOOP_SOURCE"];

/// Checks that the function built as `binary` does not start without these settings, and names them
/// in one line. When there are none, checks that it starts and handles `events/<name>.json`.
///
/// # Panics
/// The function starts, or says something else.
pub async fn says_which_settings_are_missing(binary: &str, name: &str, settings: &[&str]) {
    if settings.is_empty() {
        let process = spawn(binary, &BTreeMap::new()).await;
        assert!(is_success(&process.invoke(event(name)).await.unwrap()), "it needs no setting");
        return;
    }
    let fault = fault(binary, "", &BTreeMap::new()).await;
    for setting in settings {
        assert!(fault.contains(&format!("{setting} is missing")), "{setting}: {fault}");
    }
}

/// Checks that the function built as `binary` does not start when any one of its settings is
/// faulty, and names the setting in one line that does not repeat its value.
///
/// # Panics
/// The function starts, or says something else.
pub async fn says_which_setting_is_faulty<T>(binary: &str, name: &str, build: Build<T>) {
    let world = World::new(&PushReceiver::start().await).await;
    let asked = all_asked_settings(build);
    assert!(!asked.is_empty(), "{name}");
    for setting in asked.iter().filter(|setting| !FREE.contains(&setting.as_str())) {
        let mut environment = world.environment.clone();
        let around = around(setting).into_iter();
        environment.extend(around.map(|(name, value)| (name.to_owned(), value.to_owned())));
        environment.insert(setting.clone(), format!("{SECRET} <is no value>"));
        let fault = fault(binary, setting, &environment).await;
        assert!(fault.starts_with(&format!("settings: {setting}")), "{setting}: {fault}");
        assert!(!fault.contains(SECRET), "{fault}");
    }
}

/// Checks that the function built as `binary` starts although a variable has a name like a setting
/// and is none, and says so in a line of its log that has names and no value.
///
/// # Panics
/// The function does not start, or says something else.
pub async fn names_unknown_settings(binary: &str, name: &str) {
    let world = World::new(&PushReceiver::start().await).await;
    let mut environment = world.environment.clone();
    environment.insert("LOOP_ALLOWED_ORIGIN".to_owned(), SECRET.to_owned());
    let process = spawn(binary, &environment).await;
    process.invoke(event(name)).await.unwrap();
    let output = process.output();
    let first: Value = serde_json::from_str(output.stdout.lines().next().unwrap()).unwrap();
    let told = "settings: LOOP_ALLOWED_ORIGIN is not a setting: is LOOP_ALLOWED_ORIGINS meant?";
    assert_eq!(first, json!({ "level": "WARN", "message": told }));
    assert_eq!(output.stderr, "");
    assert!(!output.stdout.contains(SECRET), "{output:?}");
}

/// Starts the binary and returns the text that it writes as it ends.
async fn fault(binary: &str, setting: &str, environment: &BTreeMap<String, String>) -> String {
    let process = spawn(binary, environment).await;
    let status = process.exit(INVOCATION_DEADLINE).await;
    assert!(status.is_some_and(|status| !status.success()), "{setting}: {status:?}");
    let output = process.output();
    assert_eq!(output.stdout, "");
    assert_eq!(output.stderr.lines().count(), 1, "{output:?}");
    output.stderr
}

/// Returns the names of all settings that the function reads, with any provider.
fn all_asked_settings<T>(build: Build<T>) -> BTreeSet<String> {
    let mut asked = BTreeSet::from(["LOG_FORMAT".to_owned()]);
    let logger = Logger::new(LogFormat::Json, io::sink());
    for provider in ["direct", "livekit", "opentok"] {
        let named = |name: &str| match name {
            "LOOP_PROVIDER" => Some(provider.to_owned()),
            "LOOP_TURN_URLS" => Some("turn:turn.example.org".to_owned()),
            _ => None,
        };
        let build = |settings: &mut Settings<'_>| build(settings, &Clock::system(), &logger);
        asked.extend(asked_settings(build, named));
    }
    // Lambda sets this variable itself, to say how the instance was started.
    asked.remove("AWS_LAMBDA_INITIALIZATION_TYPE");
    asked
}

/// Returns the settings without which the function would not read this one.
fn around(setting: &str) -> Vec<(&'static str, &'static str)> {
    match setting {
        name if name.starts_with("LIVEKIT_") => vec![("LOOP_PROVIDER", "livekit")],
        name if name.starts_with("OPENTOK_") || name == "LOOP_PROVIDER_TIMEOUT_MS" => vec![
            ("LOOP_PROVIDER", "opentok"),
            ("OPENTOK_API_KEY", "12345"),
            ("OPENTOK_API_SECRET", "good-for-nothing"),
        ],
        "LOOP_TURN_SECRET" => vec![("LOOP_TURN_URLS", "turn:turn.example.org")],
        // The function reads this setting only when the setting of the SDK is empty.
        "LOOP_CHANNEL_ENDPOINT" => vec![("AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI", "")],
        _ => vec![],
    }
}
