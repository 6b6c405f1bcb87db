//! The check that a function writes only log lines, and no secret in them.

use std::collections::BTreeMap;

use emulator::LambdaProcess;
use serde_json::Value;

/// Checks that the process has written only log lines, and that they contain nothing that the
/// client or the operator keeps secret.
pub(crate) fn assert_only_log_lines(
    process: &LambdaProcess,
    event: &Value,
    environment: &BTreeMap<String, String>,
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
    environment: &'a BTreeMap<String, String>,
) -> impl Iterator<Item = &'a str> {
    let cookies = event["cookies"].as_array().into_iter().flatten();
    let cookies = cookies.filter_map(|cookie| cookie.as_str()?.split_once('=')).map(|it| it.1);
    let sent = [&event["pathParameters"]["token"], &event["body"]];
    let settings = environment.iter().filter(|(name, _)| {
        ["KEYS", "KEY", "SECRET"].iter().any(|end| name.ends_with(end)) && !name.contains("PUBLIC")
    });
    let settings = settings.map(|(_, value)| value.as_str());
    let all = cookies.chain(sent.into_iter().filter_map(Value::as_str)).chain(settings);
    // A shorter text may well stand in a line for another reason.
    all.filter(|text| text.len() > 8)
}
