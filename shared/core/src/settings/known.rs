//! The names of all settings, and the check for variables that only look like settings.

use std::{ffi::OsString, fmt};

/// Beginnings of our settings' names. Variables with other names are not ours to judge.
const PREFIXES: [&str; 3] = ["LOOP_", "LIVEKIT_", "OPENTOK_"];
/// Largest number of differing characters for a name to be taken for a slip in another one.
const SLIP_MAX: usize = 3;

/// Every setting of this release, of all functions, except those that AWS names.
pub(super) const KNOWN: [&str; 38] = [
    "LIVEKIT_API_KEY",
    "LIVEKIT_API_SECRET",
    "LIVEKIT_URL",
    "LOG_FORMAT",
    "LOOP_ABSENCE_SECONDS",
    "LOOP_ALLOWED_ORIGINS",
    "LOOP_BUILD",
    "LOOP_CALL_URL_KEYS",
    "LOOP_CHANNEL_ENDPOINT",
    "LOOP_CHANNEL_URL",
    "LOOP_COMMIT",
    "LOOP_CONNECTION_SECONDS",
    "LOOP_DEADLINE_QUEUE_URL",
    "LOOP_HEARTBEAT_TOKENS",
    "LOOP_METRICS_NAMESPACE",
    "LOOP_ORIGIN_SECRETS",
    "LOOP_PARTICIPANT_KEYS",
    "LOOP_PROVIDER",
    "LOOP_PROVIDER_TIMEOUT_MS",
    "LOOP_PUBLIC_URL",
    "LOOP_PUSH_HOSTS",
    "LOOP_PUSH_TIMEOUT_MS",
    "LOOP_RINGING_SECONDS",
    "LOOP_RING_SECONDS",
    "LOOP_SESSION_KEYS",
    "LOOP_SOURCE",
    "LOOP_STUN_URLS",
    "LOOP_SUPERVISORY_SECONDS",
    "LOOP_TABLE",
    "LOOP_TOKEN_KEYS",
    "LOOP_TURN_SECRET",
    "LOOP_TURN_URLS",
    "LOOP_VAPID_KEY",
    "LOOP_VAPID_PUBLIC_KEY",
    "LOOP_VAPID_SUBJECT",
    "OPENTOK_API_KEY",
    "OPENTOK_API_SECRET",
    "OPENTOK_API_URL",
];

/// Variables that look like settings and are none. Each is most likely a slip, and has no effect.
/// It is written as one line, which names variables and never their values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownSettings(Vec<String>);

impl UnknownSettings {
    /// Returns the unknown settings among the variables with these names. `None` if there are none.
    /// A function reads only some of the settings, and may be given all: a setting of any function
    /// is known.
    pub fn among(names: impl IntoIterator<Item = OsString>) -> Option<Self> {
        let names = names.into_iter().filter_map(|name| name.into_string().ok());
        let mut unknown: Vec<_> = names.filter(|name| is_unknown(name)).collect();
        unknown.sort_unstable();
        (!unknown.is_empty()).then_some(Self(unknown))
    }

    /// Returns the unknown settings in the environment of this process.
    pub fn of_process() -> Option<Self> {
        Self::among(std::env::vars_os().map(|(name, _)| name))
    }
}

impl fmt::Display for UnknownSettings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("settings: ")?;
        for (position, name) in self.0.iter().enumerate() {
            let separator = if position == 0 { "" } else { "; " };
            write!(formatter, "{separator}{} is not a setting", name.escape_debug())?;
            if let Some(nearest) = nearest(name) {
                write!(formatter, ": is {nearest} meant?")?;
            }
        }
        Ok(())
    }
}

/// Returns whether a name looks like ours and is no setting. Names are compared exactly, but a name
/// in small letters looks like ours too.
fn is_unknown(name: &str) -> bool {
    let looks_like_ours = PREFIXES.iter().any(|prefix| {
        name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    });
    looks_like_ours && !KNOWN.contains(&name)
}

/// Returns the setting that is spelled most like this name, or whose words are all in it, if any.
fn nearest(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_uppercase();
    let distances = KNOWN.iter().map(|known| (distance(&name, known), *known));
    let (distance, nearest) = distances.min()?;
    let has_all_words =
        |known: &&str| known.split('_').all(|word| name.split('_').any(|part| part == word));
    if distance <= SLIP_MAX { Some(nearest) } else { KNOWN.into_iter().find(has_all_words) }
}

/// Returns how many characters must be inserted, removed or replaced to turn `name` into `other`
/// (Levenshtein). A crate for it would be one more in each of thirteen functions.
fn distance(name: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (position, character) in name.bytes().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], position + 1);
        for (column, against) in other.bytes().enumerate() {
            let exchanged = diagonal + usize::from(character != against);
            diagonal = row[column + 1];
            row[column + 1] = exchanged.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(names: &[&str]) -> String {
        let names = names.iter().map(OsString::from);
        UnknownSettings::among(names).map(|unknown| unknown.to_string()).unwrap_or_default()
    }

    #[test]
    fn what_is_known_or_not_ours_is_not_told() {
        assert!(KNOWN.is_sorted());
        assert_eq!(told(&KNOWN), "");
        assert_eq!(told(&["PATH", "LOOP", "LOOPBACK_URL", "AWS_REGION", "LOG_LEVEL", "Ö"]), "");
    }

    #[test]
    fn a_slip_is_told_in_one_line_with_the_nearest_name() {
        for (slip, nearest) in [
            ("LOOP_STUN_URL", "LOOP_STUN_URLS"),
            ("LOOP_TURN_URL", "LOOP_TURN_URLS"),
            ("LOOP_TABEL", "LOOP_TABLE"),
            ("LOOP_RINGSECONDS", "LOOP_RING_SECONDS"),
            ("LOOP_VAPID_PRIVATE_KEY", "LOOP_VAPID_KEY"),
            ("LOOP_TABLE_NAME", "LOOP_TABLE"),
            ("loop_push_hosts", "LOOP_PUSH_HOSTS"),
            ("Loop_Token_Key", "LOOP_TOKEN_KEYS"),
            ("LIVEKIT_API_SECERT", "LIVEKIT_API_SECRET"),
        ] {
            let expected = format!("settings: {slip} is not a setting: is {nearest} meant?");
            assert_eq!(told(&[slip]), expected);
        }
        assert_eq!(
            told(&["LOOP_TABEL", "LOOP_COLOUR_OF_THE_SKY", "LOOP_", "LOOP_A\nB"]),
            "settings: LOOP_ is not a setting; LOOP_A\\nB is not a setting; \
             LOOP_COLOUR_OF_THE_SKY is not a setting; \
             LOOP_TABEL is not a setting: is LOOP_TABLE meant?"
        );
    }

    #[test]
    fn the_distance_counts_characters() {
        for (name, other, expected) in
            [("", "", 0), ("a", "", 1), ("", "ab", 2), ("kitten", "sitting", 3), ("ab", "ba", 2)]
        {
            assert_eq!(distance(name, other), expected, "{name} {other}");
        }
    }
}
