//! Helpers of the tests of all providers.

use std::time::{SystemTime, UNIX_EPOCH};

use loop_core::{CallId, Settings, UnixSeconds, UserId};
use loop_provider::Provider;

pub(crate) const CALLEE: UserId = UserId::from_bytes([9; UserId::LENGTH]);
pub(crate) const KEY: &str = "45828062";
pub(crate) const SECRET: &str = "b60d0b2568f3ea9731bd9d3f71be263ce19f802f";

/// Returns the provider that these settings choose, or their faults.
pub(crate) fn provider(settings: &[(&str, String)]) -> Result<Provider, String> {
    let mut settings = Settings::new(|name| {
        settings.iter().find(|(other, _)| *other == name).map(|(_, value)| value.clone())
    });
    let provider = Provider::from_settings(&mut settings);
    settings.finish(provider).map_err(|faults| faults.to_string())
}

pub(crate) fn direct() -> Vec<(&'static str, String)> {
    vec![
        ("LOOP_TOKEN_KEYS", "1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8".to_owned()),
        ("LOOP_CHANNEL_URL", "wss://channel.example.org/live".to_owned()),
    ]
}

pub(crate) fn livekit() -> Vec<(&'static str, String)> {
    vec![
        ("LOOP_PROVIDER", "livekit".to_owned()),
        ("LIVEKIT_URL", "wss://loop.livekit.cloud".to_owned()),
        ("LIVEKIT_API_KEY", KEY.to_owned()),
        ("LIVEKIT_API_SECRET", SECRET.to_owned()),
    ]
}

pub(crate) fn opentok(url: &str) -> Vec<(&'static str, String)> {
    vec![
        ("LOOP_PROVIDER", "opentok".to_owned()),
        ("OPENTOK_API_KEY", KEY.to_owned()),
        ("OPENTOK_API_SECRET", SECRET.to_owned()),
        ("OPENTOK_API_URL", url.to_owned()),
    ]
}

pub(crate) fn call(number: u8) -> CallId {
    CallId::from_bytes([number; CallId::LENGTH])
}

pub(crate) fn second(second: u64) -> UnixSeconds {
    UnixSeconds::try_from(second).unwrap()
}

pub(crate) fn now() -> UnixSeconds {
    second(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs())
}
