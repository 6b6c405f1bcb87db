//! The fixed environment for the inputs: the settings and the moment of `events/*.json`.

use loop_core::{Clock, Settings, UnixMillis};

/// The key ring of the tokens in `events/`.
pub const TOKEN_KEYS: &str = "1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

/// The only foreign site that may use the service.
pub const ALLOWED_ORIGIN: &str = "https://app.example.org";

/// The moment when the events have come.
pub const NOW: UnixMillis = UnixMillis::new(1_780_300_922_474);

/// Returns a clock that stands still at [`NOW`].
pub fn clock() -> Clock {
    Clock::new(|| NOW)
}

/// Builds a value from the settings of this environment.
///
/// # Panics
/// The settings are not accepted.
pub fn built<T>(from_settings: impl FnOnce(&mut Settings<'_>) -> Option<T>) -> T {
    let mut settings = Settings::new(|name| setting(name).map(str::to_owned));
    let value = from_settings(&mut settings);
    settings.finish(value).expect("the settings of this world are right")
}

fn setting(name: &str) -> Option<&'static str> {
    match name {
        "LOOP_TOKEN_KEYS" => Some(TOKEN_KEYS),
        "LOOP_ALLOWED_ORIGINS" => Some(ALLOWED_ORIGIN),
        "LOOP_PUBLIC_URL" => Some("https://loop.example.org"),
        "LOOP_CHANNEL_URL" => Some("wss://channel.example.org/live"),
        _ => None,
    }
}
