//! The settings of the providers, and the messages about faulty ones.

use crate::support::{SECRET, direct, livekit, opentok, provider};

#[test]
fn direct_is_the_default() {
    assert!(provider(&direct()).is_ok());
    assert_eq!(
        provider(&[]).unwrap_err(),
        "settings: LOOP_PARTICIPANT_KEYS is missing; LOOP_CHANNEL_URL is missing"
    );
}

#[test]
fn livekit_needs_only_its_own_settings() {
    assert!(provider(&livekit()).is_ok());
    assert_eq!(
        provider(&[("LOOP_PROVIDER", "livekit".to_owned())]).unwrap_err(),
        "settings: LIVEKIT_URL is missing; LIVEKIT_API_KEY is missing; \
         LIVEKIT_API_SECRET is missing"
    );
}

#[test]
fn opentok_needs_only_its_own_settings() {
    let without_url: Vec<_> =
        opentok("").into_iter().filter(|(name, _)| *name != "OPENTOK_API_URL").collect();
    assert!(provider(&without_url).is_ok());
    assert_eq!(
        provider(&[("LOOP_PROVIDER", "opentok".to_owned())]).unwrap_err(),
        "settings: OPENTOK_API_KEY is missing; OPENTOK_API_SECRET is missing"
    );
}

#[test]
fn faulty_settings_are_named_without_their_values() {
    for (settings, name, wrong) in [
        (direct(), "LOOP_PROVIDER", "hunter2"),
        (direct(), "LOOP_CHANNEL_URL", "ws://hunter2.example.org"),
        (direct(), "LOOP_CHANNEL_URL", "wss://hunter2:hunter2@example.org"),
        (livekit(), "LIVEKIT_URL", "wss://hunter2:hunter2@example.org"),
        (livekit(), "LIVEKIT_URL", "ftp://hunter2"),
        (livekit(), "LIVEKIT_API_KEY", "hunter2 "),
        (livekit(), "LIVEKIT_API_SECRET", "hunter2\n"),
        (opentok("http://localhost:3001"), "OPENTOK_API_URL", "http://hunter2.example.org"),
        (opentok("http://localhost:3001"), "OPENTOK_API_SECRET", "hunter2 hunter2"),
        (opentok("http://localhost:3001"), "LOOP_PROVIDER_TIMEOUT_MS", "499"),
        (opentok("http://localhost:3001"), "LOOP_PROVIDER_TIMEOUT_MS", "8001"),
        (opentok("http://localhost:3001"), "LOOP_PROVIDER_TIMEOUT_MS", "4s"),
    ] {
        let mut settings = settings;
        settings.retain(|(other, _)| *other != name);
        settings.push((name, wrong.to_owned()));
        let faults = provider(&settings).unwrap_err();
        assert!(faults.starts_with(&format!("settings: {name}: ")), "{faults}");
        assert!(!faults.contains("hunter2"), "{faults}");
    }
}

#[test]
fn debug_shows_no_secret() {
    for settings in [livekit(), opentok("http://localhost:3001")] {
        let shown = format!("{:?}", provider(&settings).unwrap());
        assert!(!shown.contains(SECRET), "{shown}");
    }
}
