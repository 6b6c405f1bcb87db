//! Tests that the patterns of the parameters in `template.yaml` refuse faulty values before
//! anything is deployed. The functions have the last word: a pattern may accept a value that it
//! cannot judge.

use std::{fs, path::Path};

use loop_channel::{Connections, DelayQueue, IceServers};
use loop_core::Settings;
use loop_lambda::Site;
use loop_provider::Provider;
use loop_push::{PushPolicy, VapidKey};
use loop_store::Store;
use loop_testkit::TEST_KEY_RING;
use regex::Regex;

use crate::template::Template;

type Read = fn(&mut Settings<'_>) -> Option<()>;

/// A parameter, its setting, the function that reads it, valid values and faulty ones.
type Parameter =
    (&'static str, &'static str, Read, &'static [&'static str], &'static [&'static str]);

const PARAMETERS: [Parameter; 11] = [
    (
        "PublicUrl",
        "LOOP_PUBLIC_URL",
        |settings| Site::from_settings(settings).map(drop),
        &["", "https://loop.example.org", "https://loop.example.org:8443/"],
        &[
            "loop.example.org",
            "http://loop.example.org",
            "https://a b",
            "https://u@a.org",
            "https://a.org/b",
        ],
    ),
    (
        "AllowedOrigins",
        "LOOP_ALLOWED_ORIGINS",
        |settings| Site::from_settings(settings).map(drop),
        &[
            "",
            "https://a.example.org",
            "https://a.example.org, https://b.example.org:8443",
            "http://localhost:3000",
            "http://loop.localhost",
            "http://127.0.0.2:80, http://[::1]:3000",
        ],
        &[
            "*",
            "http://localhost.example.org",
            "null",
            "https://a.org,",
            "https://a.org/b",
            "http://a.org",
            "https://a.org https://b.org",
        ],
    ),
    (
        "PushHosts",
        "LOOP_PUSH_HOSTS",
        |settings| PushPolicy::from_settings(settings).map(drop),
        &["", "push.example.org", "*.example.org,push.kaiostech.com:8443", "a.org, b.org"],
        &["https://a.org", "a.org:0", "a.org:", "a.org,", "a.org/b", "*", "org"],
    ),
    (
        "StunUrls",
        "LOOP_STUN_URLS",
        |settings| IceServers::from_settings(settings).map(drop),
        &["", "stun:stun.example.org", "stun:a.org:3478, stun:[2001:db8::1]:3478"],
        &[
            "stun:a.org?transport=udp",
            "turn:a.org",
            "stuns:a.org",
            "stun://a.org",
            "stun:a.org:0",
            "stun:[::1",
            "stun:",
        ],
    ),
    (
        "TurnUrls",
        "LOOP_TURN_URLS",
        |settings| IceServers::from_settings(settings).map(drop),
        &[
            "",
            "turn:turn.example.org:3478?transport=udp",
            "turns:a.org:443?transport=tcp,turn:a.org",
        ],
        &["stun:a.org", "turn:a.org?transport=sctp", "turn:a.org:", "turn:u@a.org", "turn:a.org,"],
    ),
    (
        "VapidSubject",
        "LOOP_VAPID_SUBJECT",
        |settings| VapidKey::from_settings(settings).map(drop),
        &[
            "mailto:first.last@example.org",
            "https://example.org/contact",
            "https://example.org:8443",
        ],
        &[
            "ops@example.org",
            "mailto:ops@localhost",
            "mailto:ops@127.0.0.1",
            "https://localhost",
            "mailto:a b@example.org",
        ],
    ),
    (
        "ChannelUrl",
        "LOOP_CHANNEL_URL",
        |settings| Provider::from_settings(settings).map(drop),
        &[
            "wss://channel.example.org",
            "wss://channel.example.org:8443/live",
            "ws://localhost:4566/_aws/execute-api/0a1b2c3d/live",
            "ws://channel.localhost/live",
        ],
        &[
            "channel.example.org",
            "ws://channel.example.org",
            "ws://127.0.0.1.example.org",
            "https://channel.example.org",
            "wss://u@channel.example.org",
            "wss://channel.example.org?a",
        ],
    ),
    (
        "ChannelEndpoint",
        "LOOP_CHANNEL_ENDPOINT",
        |settings| {
            let aws = loop_aws::sdk_config(settings);
            Connections::from_settings(settings, aws.as_ref()).map(drop)
        },
        &["https://channel.example.org/live", "http://127.0.0.1:4566/_aws/execute-api/a/live"],
        &["http://channel.example.org", "wss://channel.example.org", "http://localhost:0"],
    ),
    ("EndpointUrl", "AWS_ENDPOINT_URL", store, &ENDPOINTS, &NO_ENDPOINTS),
    ("DynamoDbEndpoint", "AWS_ENDPOINT_URL_DYNAMODB", store, &ENDPOINTS, &NO_ENDPOINTS),
    (
        "SqsEndpoint",
        "AWS_ENDPOINT_URL_SQS",
        |settings| {
            let aws = loop_aws::sdk_config(settings);
            DelayQueue::from_settings(settings, aws.as_ref()).map(drop)
        },
        &ENDPOINTS,
        &NO_ENDPOINTS,
    ),
];

const ENDPOINTS: [&str; 4] =
    ["", "http://localhost:4566", "http://host.docker.internal:8000", "https://[::1]:8000/a"];
const NO_ENDPOINTS: [&str; 5] =
    ["localhost:4566", "ftp://a", "https://", "http://a:0", "http://u:p@a.example.org"];

#[test]
fn the_template_refuses_what_no_function_would_start_with() {
    let template = Template::read();
    for (parameter, setting, read, right, wrong) in PARAMETERS {
        let pattern = whole(&template.pattern(parameter));
        let starts = |value: &str| {
            let mut settings = Settings::new(|name| match name {
                name if name == setting => Some(value.to_owned()),
                "AWS_REGION" => Some("eu-central-1".to_owned()),
                "LOOP_TOKEN_KEYS" => Some(TEST_KEY_RING.to_owned()),
                "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" | "LOOP_TURN_SECRET" => {
                    Some("north".to_owned())
                }
                "LOOP_DEADLINE_QUEUE_URL" => Some("https://sqs.example.org/1/loop".to_owned()),
                "LOOP_TABLE" => Some("loop".to_owned()),
                _ => None,
            });
            let built = read(&mut settings);
            settings.finish(built).is_ok()
        };
        for value in right {
            assert!(pattern.is_match(value).unwrap() && starts(value), "{parameter}: {value}");
        }
        for value in wrong {
            assert!(!pattern.is_match(value).unwrap() && !starts(value), "{parameter}: {value}");
        }
    }
}

fn store(settings: &mut Settings<'_>) -> Option<()> {
    Store::from_settings(settings).map(drop)
}

/// An operator who forgets to replace a placeholder, or a part of it, gets a failed deployment
/// instead of a server that no browser, push service or caller can use.
#[test]
fn no_placeholder_in_samconfig_is_accepted() {
    let template = Template::read();
    let samconfig = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samconfig.toml");
    let samconfig = fs::read_to_string(samconfig).unwrap();
    let setting = Regex::new("([A-Za-z]+) = \"([^\"]*)\"").unwrap();
    let mut count = 0;
    let overrides = samconfig.lines().filter(|line| line.starts_with("    { "));
    for setting in overrides.flat_map(|line| setting.captures_iter(line)) {
        let (parameter, value) = (&setting[1], &setting[2]);
        let Some(pattern) = template.pattern_if_any(parameter) else {
            assert!(template.is_a_choice_or_a_number(parameter), "{parameter} has no pattern");
            continue;
        };
        assert!(
            pattern.starts_with("(?!.*REPLACE-ME)"),
            "samconfig.toml sets {parameter}: let its AllowedPattern begin with (?!.*REPLACE-ME)"
        );
        let is_placeholder = value.contains("REPLACE-ME");
        assert_eq!(
            whole(&pattern).is_match(value).unwrap(),
            !is_placeholder,
            "{parameter}: {value}"
        );
        count += usize::from(is_placeholder);
    }
    assert!(count >= 13, "{count}");
    for (parameter, value) in [
        ("VapidSubject", "mailto:REPLACE-ME@example.org"),
        ("PublicUrl", "https://REPLACE-ME.example.org"),
        ("StunUrls", "stun:REPLACE-ME.example.org:3478"),
    ] {
        let pattern = whole(&template.pattern(parameter));
        assert!(!pattern.is_match(value).unwrap(), "{parameter}: {value}");
        assert!(pattern.is_match(&value.replace("REPLACE-ME", "a")).unwrap(), "{parameter}");
    }
}

/// CloudFormation says `Parameter 'VapidPublicKey' must be 65 bytes …`. Without such words it shows the
/// pattern, from which nobody learns what to do.
#[test]
fn a_refused_parameter_is_told_what_it_must_be() {
    let template = Template::read();
    assert!(template.refusals().count() > 30);
    for (parameter, refusal) in template.refusals() {
        assert!(
            refusal.is_some_and(|it| it.starts_with("must be ")),
            "{parameter}: let its ConstraintDescription begin with `must be`: {refusal:?}"
        );
    }
}

/// Returns a pattern as CloudFormation applies it: to a whole value, with look-ahead.
fn whole(pattern: &str) -> fancy_regex::Regex {
    fancy_regex::Regex::new(&format!("^(?:{pattern})$")).unwrap()
}
