//! Push URLs: none may lead to a host that the operator does not allow, in any spelling.

#![no_main]

use std::sync::LazyLock;

use lambda_http::http::Uri;
use libfuzzer_sys::fuzz_target;
use loop_core::{PushKind, PushTarget, Settings, limits::PUSH_URL_MAX_BYTES};
use loop_lambda::Fields;
use loop_push::{PushPolicy, PushUrl};
use serde_json::{Value, json};
use url::{Host, Url};

/// The host list of an operator who also runs the local server.
const OPEN_HOSTS: &str = "localhost,push.example.net,*.example.org";

static OPEN: LazyLock<PushPolicy> = LazyLock::new(|| {
    let mut settings =
        Settings::new(|name| (name == "LOOP_PUSH_HOSTS").then(|| OPEN_HOSTS.to_owned()));
    let policy = PushPolicy::from_settings(&mut settings);
    settings.finish(policy).expect("it is right")
});
static DEFAULT: LazyLock<PushPolicy> = LazyLock::new(PushPolicy::default);

fuzz_target!(|text: &str| {
    if let Some(url) = accepted(text, &DEFAULT) {
        check_https(
            &url,
            &["fcm.googleapis.com", "jmt17.google.com"],
            &[".push.services.mozilla.com", ".notify.windows.com", ".push.apple.com"],
        );
    }
    if let Some(url) = accepted(text, &OPEN) {
        if url.scheme() == "http" {
            let host = url.host_str();
            assert!(matches!(host, Some("localhost" | "127.0.0.1" | "[::1]")), "{url}");
        } else {
            check_https(&url, &["push.example.net"], &[".example.org"]);
        }
    }
    polling(text);
});

/// Checks that a text is accepted alone exactly if it is accepted as a field, and returns its URL.
fn accepted(text: &str, policy: &PushPolicy) -> Option<Url> {
    let parsed = PushUrl::parse(text, policy);
    for (kind, fields) in [
        (PushKind::SimplePush, json!({ "simple_push_url": text })),
        (PushKind::WebPush, json!({ "push_subscription": { "endpoint": text, "keys": {} } })),
    ] {
        let target = loop_registration::to_register(fields_of(fields), policy);
        assert_eq!(
            target.as_ref().ok().map(PushTarget::address),
            parsed.as_ref().ok().map(PushUrl::as_str)
        );
        let Ok(target) = target else { continue };
        assert_eq!(target.kind(), kind);
        let again = loop_registration::to_unregister(fields_of(json!({ "simple_push_url": text })));
        assert_eq!(again, Ok(target.device_id()), "what can be registered can be removed");
    }
    let parsed = parsed.ok()?;
    let canonical = parsed.as_str();
    assert_eq!(PushUrl::parse(canonical, policy).as_ref(), Ok(&parsed));
    assert!(canonical.is_ascii() && canonical.len() <= PUSH_URL_MAX_BYTES, "{canonical}");
    let url = Url::parse(canonical).expect("canonical");
    assert!(url.username().is_empty() && url.password().is_none() && url.fragment().is_none());
    check_other_reading(&url);
    Some(url)
}

/// Checks that the HTTP client, which parses the URL again by other rules, finds the same host.
fn check_other_reading(url: &Url) {
    let uri: Uri = url.as_str().parse().expect("the HTTP client can call it");
    assert_eq!(uri.scheme_str(), Some(url.scheme()));
    assert_eq!(uri.host(), url.host_str());
    assert_eq!(uri.port_u16(), url.port());
}

fn check_https(url: &Url, names: &[&str], below: &[&str]) {
    assert_eq!(url.scheme(), "https", "{url}");
    assert_eq!(url.port(), None, "{url}");
    let Some(Host::Domain(host)) = url.host() else { panic!("an address: {url}") };
    let is_below =
        |suffix: &&str| host.strip_suffix(*suffix).is_some_and(|label| !label.is_empty());
    assert!(names.contains(&host) || below.iter().any(is_below), "{url}");
    assert!(host.split('.').all(|label| !label.is_empty()), "{url}");
}

/// Checks that the polling id of a page is never taken for a URL.
fn polling(text: &str) {
    let target = loop_registration::to_register(fields_of(json!({ "polling_id": text })), &DEFAULT);
    let Ok(target) = target else { return };
    assert_eq!(target.address(), format!("polling {text}"));
    assert_eq!(target.kind(), PushKind::Polling);
    assert!(Url::parse(target.address()).is_err());
}

fn fields_of(value: Value) -> Fields {
    match value {
        Value::Object(object) => Fields::of(object),
        _ => unreachable!("all of them are objects"),
    }
}
