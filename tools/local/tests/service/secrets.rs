//! The secrets that have passed through a server and must not be seen elsewhere: after every test,
//! none of them may stand in a log line or in an error.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, LazyLock, Mutex},
};

use reqwest::{Url, header::HeaderMap};
use serde_json::Value;

/// The length in bytes below which a text is not noted, because it may stand anywhere by chance.
const LEAST_LENGTH: usize = 6;

/// Members of JSON whose text only the two parties that exchange it may see.
const SECRET_MEMBERS: [&str; 15] = [
    "auth",
    "call_token",
    "call_url",
    "callee_name",
    "credential",
    "data",
    "endpoint",
    "p256dh",
    "polling_id",
    "remote_id",
    "sdp",
    "session_token",
    "simple_push_url",
    "token",
    "username",
];

/// Settings that only the functions may know.
const SECRET_SETTINGS: [&str; 10] = [
    "LIVEKIT_API_SECRET",
    "LOOP_CALL_URL_KEYS",
    "LOOP_HEARTBEAT_TOKENS",
    "LOOP_ORIGIN_SECRETS",
    "LOOP_PARTICIPANT_KEYS",
    "LOOP_SESSION_KEYS",
    "LOOP_TOKEN_KEYS",
    "LOOP_TURN_SECRET",
    "LOOP_VAPID_KEY",
    "OPENTOK_API_SECRET",
];

/// The secrets of every server of this process, by its host and port. Each client of a server notes
/// the secrets that it sends and receives.
static ALL: LazyLock<Mutex<HashMap<String, Secrets>>> = LazyLock::new(Mutex::default);

/// The secrets that have passed through one server, each with its description.
#[derive(Clone, Default)]
pub(crate) struct Secrets(Arc<Mutex<BTreeMap<String, &'static str>>>);

impl Secrets {
    /// Returns the secrets of the server that has this URL, by HTTP or WebSocket.
    pub(crate) fn of_server(url: &str) -> Self {
        let url = Url::parse(url).unwrap();
        let port = url.port_or_known_default().unwrap();
        let mut all = ALL.lock().unwrap();
        all.entry(format!("{}:{port}", url.host_str().unwrap())).or_default().clone()
    }

    pub(crate) fn note(&self, text: &str, what: &'static str) {
        if text.len() >= LEAST_LENGTH {
            self.0.lock().unwrap().insert(text.to_owned(), what);
        }
    }

    /// Notes the secret settings of the server.
    pub(crate) fn note_settings<'a>(&self, settings: impl Iterator<Item = (&'a str, &'a str)>) {
        for (name, value) in settings {
            if let Some(name) = SECRET_SETTINGS.into_iter().find(|secret| *secret == name) {
                // A ring has several keys, each with its number.
                for part in value.split([',', ':', ' ']) {
                    self.note(part, name);
                }
            }
        }
    }

    /// Notes a token that stands in a path.
    pub(crate) fn note_path(&self, path: &str) {
        let token = ["/calls/", "/call-url/"].iter().find_map(|before| path.strip_prefix(before));
        self.note(token.unwrap_or_default(), "a token in a path");
    }

    /// Notes a cookie, in the form in which it is sent or set.
    pub(crate) fn note_cookie(&self, cookie: &str) {
        let value = cookie.split(';').next().and_then(|pair| pair.split_once('='));
        self.note(value.map_or(cookie, |(_, value)| value), "a cookie");
    }

    pub(crate) fn note_body(&self, body: &[u8]) {
        if let Ok(body) = serde_json::from_slice(body) {
            self.note_json(&body);
        }
    }

    pub(crate) fn note_json(&self, value: &Value) {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    match SECRET_MEMBERS.into_iter().find(|secret| secret == name) {
                        Some(name) => self.note_all(value, name),
                        None => self.note_json(value),
                    }
                }
            }
            Value::Array(elements) => elements.iter().for_each(|it| self.note_json(it)),
            _ => {}
        }
    }

    /// Panics if `text` contains any of the secrets. `place` describes the text.
    #[track_caller]
    pub(crate) fn expect_none_in(&self, text: &str, place: &str) {
        if let Some(found) = self.found_in(text) {
            panic!("{found} in {place}: {text}");
        }
    }

    /// Returns the first of the secrets that `text` contains, with its description.
    pub(crate) fn found_in(&self, text: &str) -> Option<String> {
        let secrets = self.0.lock().unwrap();
        let (secret, what) = secrets.iter().find(|(secret, _)| text.contains(secret.as_str()))?;
        Some(format!("{what} {secret:?}"))
    }

    /// Panics if a response that is an error contains any of the secrets.
    #[track_caller]
    pub(crate) fn expect_none_in_error(&self, headers: &HeaderMap, body: &str) {
        self.expect_none_in(body, "the body of an error");
        for (name, value) in headers {
            self.expect_none_in(&String::from_utf8_lossy(value.as_bytes()), name.as_str());
        }
    }

    /// Notes every text in a value.
    fn note_all(&self, value: &Value, what: &'static str) {
        match value {
            Value::String(text) => self.note(text, what),
            Value::Array(elements) => elements.iter().for_each(|it| self.note_all(it, what)),
            Value::Object(members) => members.values().for_each(|it| self.note_all(it, what)),
            _ => {}
        }
    }
}
