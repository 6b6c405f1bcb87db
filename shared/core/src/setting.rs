//! One parser for each kind of setting. A value that a browser, a relay, a push service or a
//! provider would refuse later is refused here, before anything has started, and no reason repeats
//! a value.
//!
//! The parsers are for [`Settings`](crate::Settings), which has checked the value with [`visible`].

mod duration;
mod host;
mod port;
mod secret;
mod url;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

pub use self::{
    duration::{whole_milliseconds, whole_seconds},
    host::{HostName, is_special_use},
    port::{is_blocked_by_browsers, port},
    secret::{secret, word},
    url::{Origin, ServerUrl, protected_url, server_url},
};

use crate::Reason;

/// The longest description, in bytes: room for the URL of a job in a CI.
const DESCRIPTION_MAX_BYTES: usize = 512;

/// Returns the text as it came, if it is one that a setting can be: visible ASCII, with blanks only
/// inside. Names of hosts in other scripts have a spelling in ASCII (`xn--…`).
///
/// # Errors
/// It is another text. The reason names a line end after the last character, which files and pipes
/// often add, and a dynamic reference of CloudFormation, which the SAM CLI does not resolve when it
/// runs functions on a developer's machine.
pub fn visible(text: &str) -> Result<&str, Reason> {
    if text.starts_with("{{resolve:") {
        return Err("not resolved: with `sam local`, add --env-vars events/env.json".into());
    }
    if text.ends_with(['\n', '\r']) {
        return Err("ends in a line end, as files and pipes add it: leave it out".into());
    }
    if text.starts_with(' ') || text.ends_with(' ') {
        return Err("begins or ends with a blank: leave it out".into());
    }
    if !text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) {
        return Err("has characters other than visible ASCII".into());
    }
    Ok(text)
}

/// Returns a parser of several values, separated by commas and optional blanks.
///
/// # Errors
/// An entry is empty, or `entry` refuses it.
pub fn list<T>(
    entry: impl Fn(&str) -> Result<T, Reason>,
) -> impl Fn(&str) -> Result<Vec<T>, Reason> {
    move |text| {
        text.split(',')
            .map(|part| match part.trim_matches(' ') {
                "" => Err("an entry is empty".into()),
                part => entry(part),
            })
            .collect()
    }
}

/// Returns a parser of one of several words.
///
/// # Errors
/// It is none of them; the reason lists them.
pub fn choice<T: Clone>(choices: &[(&str, T)]) -> impl Fn(&str) -> Result<T, Reason> {
    move |text| {
        let chosen = choices.iter().find(|(word, _)| *word == text);
        chosen.map(|(_, value)| value.clone()).ok_or_else(|| {
            let words: Vec<_> = choices.iter().map(|(word, _)| *word).collect();
            format!("must be one of: {}", words.join(", ")).into()
        })
    }
}

/// Reads words for people, such as the name of a release.
///
/// # Errors
/// It is longer than 512 bytes.
pub fn description(text: &str) -> Result<String, Reason> {
    if text.len() > DESCRIPTION_MAX_BYTES {
        return Err(format!("at most {DESCRIPTION_MAX_BYTES} characters").into());
    }
    Ok(text.to_owned())
}

/// Reads the public half of a VAPID key, and returns it as it was spelled. A browser would refuse
/// to subscribe with anything but an uncompressed point of P-256 (SEC 1, section 2.3.3; RFC 8292,
/// section 3.2), without naming the reason.
///
/// # Errors
/// It is something else.
pub fn vapid_public_key(text: &str) -> Result<String, Reason> {
    match URL_SAFE_NO_PAD.decode(text) {
        Ok(bytes) if bytes.len() == 65 && bytes[0] == 4 => Ok(text.to_owned()),
        _ => Err("65 bytes in base64url without padding, as `keys vapid` prints them".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_no_empty_entry_and_blanks_only_beside_commas() {
        let words = list(word);
        assert_eq!(words("a,b, c ,d").unwrap(), ["a", "b", "c", "d"]);
        for wrong in ["a,", ",a", "a,,b", "a, ,b", ","] {
            assert_eq!(words(wrong).unwrap_err(), "an entry is empty", "{wrong}");
        }
        assert!(words("a b").is_err());
    }

    #[test]
    fn a_choice_lists_what_there_is() {
        let answer = choice(&[("yes", true), ("no", false)]);
        assert_eq!(answer("no"), Ok(false));
        for wrong in ["", "NO", "no,yes"] {
            assert_eq!(answer(wrong).unwrap_err(), "must be one of: yes, no");
        }
    }

    #[test]
    fn a_description_is_bounded() {
        assert!(description(&"a b".repeat(170)).is_ok());
        assert!(description(&"a".repeat(513)).is_err());
    }

    #[test]
    fn a_public_key_is_an_uncompressed_point() {
        let point = |first: u8, bytes: usize| {
            let mut point = vec![7; bytes];
            point[0] = first;
            URL_SAFE_NO_PAD.encode(point)
        };
        assert_eq!(vapid_public_key(&point(4, 65)), Ok(point(4, 65)));
        for wrong in [point(3, 65), point(4, 64), point(4, 66), format!("{}=", point(4, 65))] {
            assert!(vapid_public_key(&wrong).is_err(), "{wrong}");
        }
    }
}
