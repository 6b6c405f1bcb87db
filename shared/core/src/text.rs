//! The two texts that a call URL carries, both written by people and shown to people.

mod classes;
mod table;

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, de::Error};

use self::classes::{
    attached_tags, is_attached, is_bidi_control, is_control, is_invisible, is_noncharacter,
};
use crate::{
    Reason,
    limits::{CALLEE_NAME_MAX_CHARACTERS, REMOTE_ID_MAX_CHARACTERS},
};

/// The person for whom a call URL was made, in the callee's own words: 1 to 64 characters. It is
/// often an e-mail address, so it is never logged, and `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(into = "String")]
pub struct RemoteId(String);

/// The name that the caller is shown ("Do you want to call Bob?"): 1 to 64 characters.
#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(into = "String")]
pub struct CalleeName(String);

macro_rules! visible_text {
    ($name:ident, $max:ident) => {
        impl $name {
            /// Returns the text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Reads a text that this service has signed or stored. It was cleaned when it came in,
            /// under the rules of that day. The rules may become stricter, and a link that was made
            /// before must still work.
            ///
            /// # Errors
            /// The text is one that no version has ever let in: it is blank or too long, or has
            /// control characters or characters that reorder text.
            pub(crate) fn kept(text: &str) -> Result<Self, Reason> {
                check_kept(text, $max).map(|()| Self(text.to_owned()))
            }
        }

        /// Reads a text as a person has written it. Blanks and invisible marks at both ends are
        /// dropped, because they often come along with copied text.
        impl TryFrom<String> for $name {
            type Error = Reason;

            fn try_from(text: String) -> Result<Self, Reason> {
                text.parse()
            }
        }

        impl FromStr for $name {
            type Err = Reason;

            fn from_str(text: &str) -> Result<Self, Reason> {
                cleaned(text, $max).map(|text| Self(text.to_owned()))
            }
        }

        /// Reads a text that this service has stored.
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                check_kept(&text, $max).map(|()| Self(text)).map_err(D::Error::custom)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, concat!(stringify!($name), "({} bytes)"), self.0.len())
            }
        }
    };
}

visible_text!(RemoteId, REMOTE_ID_MAX_CHARACTERS);
visible_text!(CalleeName, CALLEE_NAME_MAX_CHARACTERS);

/// Returns the part of `text` between blanks and invisible marks, if all of it can be seen.
fn cleaned(text: &str, max_characters: usize) -> Result<&str, Reason> {
    let text = without_invisible_ends(text);
    if text.is_empty() {
        return Err("must not be empty".into());
    }
    if text.chars().count() > max_characters {
        return Err(format!("at most {max_characters} characters").into());
    }
    if is_plain(text) || is_visible(text) {
        return Ok(text);
    }
    Err("no control characters and no invisible or direction-changing ones".into())
}

fn check_kept(text: &str, max_characters: usize) -> Result<(), Reason> {
    // Each character has at least one byte, so a short text need not be counted.
    if text.len() > max_characters && text.chars().count() > max_characters {
        return Err(format!("at most {max_characters} characters").into());
    }
    if text.trim_ascii_start().is_empty() {
        return Err("must not be empty".into());
    }
    // Most texts are plain, and every link that is opened runs through this check.
    if is_plain(text) {
        return Ok(());
    }
    let is_harmful = |it| is_control(it) || is_bidi_control(it) || is_noncharacter(it);
    if text.chars().any(is_harmful) || text.trim().is_empty() {
        return Err("no control characters and no direction-changing ones".into());
    }
    Ok(())
}

fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// Keeps every part of a grapheme that can be seen, such as the joiner that a word ends in.
fn without_invisible_ends(text: &str) -> &str {
    let is_blank = |it: char| it.is_whitespace() || is_invisible(it);
    let mut text = text.trim_start_matches(is_blank);
    while let Some(last) = text.chars().next_back() {
        let before = &text[..text.len() - last.len_utf8()];
        if !is_blank(last) || is_attached(before, last, "") {
            break;
        }
        text = before;
    }
    text
}

fn is_visible(text: &str) -> bool {
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let before = &text[..text.len() - rest.len()];
        let after = &rest[character.len_utf8()..];
        let is_hidden = is_invisible(character) && !is_attached(before, character, after);
        if is_hidden || is_control(character) || is_noncharacter(character) {
            return false;
        }
        rest = &after[attached_tags(character, after)..];
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_under_earlier_rules_is_read_as_it_stands() {
        for kept in ["Bob ", " ", "Bob\u{1bca0}", "Боб\u{fe0f}", "\u{202e}Bob", "a\nb", "a\u{fffe}"]
        {
            let is_harmful = kept.contains(['\u{202e}', '\n', '\u{fffe}']) || kept == " ";
            let json = serde_json::to_string(kept).unwrap();
            assert_eq!(RemoteId::kept(kept).is_err(), is_harmful, "{kept:?}");
            let stored = serde_json::from_str::<CalleeName>(&json);
            assert_eq!(stored.is_err(), is_harmful, "{kept:?}");
            if let Ok(stored) = stored {
                assert_eq!(stored.as_str(), kept);
            }
        }
        assert!(RemoteId::kept("").is_err() && RemoteId::kept("\u{a0}\u{3000}").is_err());
        assert!(RemoteId::kept(&"é".repeat(64)).is_ok());
        assert_eq!(RemoteId::kept(&"é".repeat(65)).unwrap_err(), "at most 64 characters");
    }

    #[test]
    fn debug_does_not_show_the_text() {
        let remote_id: RemoteId = "alice@example.com".parse().unwrap();
        assert_eq!(format!("{remote_id:?}"), "RemoteId(17 bytes)");
    }
}
