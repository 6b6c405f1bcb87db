//! Settings: the report of a fault names the setting but never its value, which may be secret.

#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use loop_channel::IceServers;
use loop_core::{CallToken, Keys, ParticipantToken, Settings};
use loop_fuzz::leak::repeated;
use loop_lambda::{LogFormat, Sessions, Site};
use loop_pages::ChannelOrigin;
use loop_provider::Provider;
use loop_push::{PushPolicy, VapidKey};

type Values<'a> = BTreeMap<&'a str, &'a str>;

/// Settings whose values no `Debug` may show. `LOOP_VAPID_KEY` is not among them: it contains the
/// public key, which `Debug` may show.
const SECRETS: [&str; 7] = [
    "LIVEKIT_API_SECRET",
    "LOOP_CALL_URL_KEYS",
    "LOOP_PARTICIPANT_KEYS",
    "LOOP_SESSION_KEYS",
    "LOOP_TOKEN_KEYS",
    "LOOP_TURN_SECRET",
    "OPENTOK_API_SECRET",
];

fuzz_target!(|text: &str| {
    let values: Values<'_> = text.lines().filter_map(|line| line.split_once('=')).collect();
    check(&values, Keys::<CallToken>::from_settings);
    check(&values, Keys::<ParticipantToken>::from_settings);
    check(&values, |settings| {
        let site = Site::from_settings(settings);
        Sessions::from_settings(settings, site.as_ref())
    });
    check(&values, ChannelOrigin::from_settings);
    check(&values, PushPolicy::from_settings);
    check(&values, VapidKey::from_settings);
    check(&values, IceServers::from_settings);
    check(&values, Provider::from_settings);
    check(&values, |settings| LogFormat::from_settings(settings, LogFormat::Json));
});

fn check<T: std::fmt::Debug>(
    values: &Values<'_>,
    from_settings: impl FnOnce(&mut Settings<'_>) -> Option<T>,
) {
    let mut settings = Settings::new(|name| values.get(name).map(|value| (*value).to_owned()));
    let built = from_settings(&mut settings);
    match settings.finish(built) {
        Ok(built) => check_secrets(values, &format!("{built:?}")),
        Err(faults) => {
            let faults = faults.to_string();
            assert!(faults.len() > "settings: ".len(), "a fault without a name");
            for value in values.values() {
                assert_eq!(repeated(&faults, value), None, "{faults:?} repeats {value:?}");
            }
        }
    }
}

/// Checks that no piece of a secret is shown, unless another setting makes it public.
fn check_secrets(values: &Values<'_>, debugged: &str) {
    for (name, secret) in values.iter().filter(|(name, _)| SECRETS.contains(name)) {
        let Some(piece) = repeated(debugged, secret) else { continue };
        let piece = String::from_utf8_lossy(piece).to_lowercase();
        let is_public = values.iter().any(|(other, value)| {
            !SECRETS.contains(other) && value.to_lowercase().contains(&piece)
        });
        assert!(is_public, "{debugged} shows {name}");
    }
}
