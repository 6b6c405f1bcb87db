//! The two texts that a call URL carries, both written by people and shown to people.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{
    Reason,
    limits::{CALLEE_NAME_MAX_BYTES, REMOTE_ID_MAX_BYTES},
};

/// Whom a call URL was made for, in the callee's own words: 1 to 64 bytes. Often an e-mail
/// address, so it is never logged, and `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RemoteId(String);

/// The name that the caller is shown ("Do you want to call Bob?"): 1 to 32 bytes.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CalleeName(String);

macro_rules! visible_text {
    ($name:ident, $max:ident) => {
        impl $name {
            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = Reason;

            fn try_from(text: String) -> Result<Self, Reason> {
                check_visible(&text, $max).map(|()| Self(text))
            }
        }

        impl FromStr for $name {
            type Err = Reason;

            fn from_str(text: &str) -> Result<Self, Reason> {
                check_visible(text, $max).map(|()| Self(text.to_owned()))
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

visible_text!(RemoteId, REMOTE_ID_MAX_BYTES);
visible_text!(CalleeName, CALLEE_NAME_MAX_BYTES);

fn check_visible(text: &str, max_bytes: usize) -> Result<(), Reason> {
    if text.trim().is_empty() {
        return Err("must not be empty".into());
    }
    if text.len() > max_bytes {
        return Err(format!("at most {max_bytes} bytes").into());
    }
    // Most texts are this, and every link that is opened comes by here.
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Ok(());
    }
    if text.chars().any(can_deceive) || has_hidden_joiner(text) {
        return Err("no control characters and no invisible or direction-changing ones".into());
    }
    // Joiners alone join nothing, and show nothing.
    if text.chars().all(|character| character.is_whitespace() || is_joiner(character)) {
        return Err("must not be empty".into());
    }
    Ok(())
}

/// Characters that no name needs and that can make a text look like another one: controls, line
/// and paragraph separators, those that reorder text or are invisible (Unicode Technical Report 36,
/// section 2, and the fillers and blanks that are letters or symbols by category), and
/// noncharacters (the Unicode standard, section 23.7).
fn can_deceive(character: char) -> bool {
    character.is_control()
        || u32::from(character) & 0xFFFE == 0xFFFE
        || matches!(character,
            '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}'
            | '\u{17B5}' | '\u{180E}' | '\u{200B}' | '\u{200E}' | '\u{200F}'
            | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}'
            | '\u{FDD0}'..='\u{FDEF}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}'
            | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E007F}')
}

/// Whether a joiner comes first, or after a Latin letter, where it shows nothing: "Bob" with one in
/// it would be another "Bob".
fn has_hidden_joiner(text: &str) -> bool {
    let mut before = 'a';
    text.chars().any(|character| {
        let is_hidden = is_joiner(character) && before.is_ascii_alphabetic();
        before = character;
        is_hidden
    })
}

/// Characters that some scripts and emoji need between others.
fn is_joiner(character: char) -> bool {
    matches!(character,
        '\u{180B}'..='\u{180D}' | '\u{180F}' | '\u{200C}' | '\u{200D}' | '\u{FE00}'..='\u{FE0F}'
        | '\u{E0100}'..='\u{E01EF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remote_id(text: &str) -> Result<RemoteId, Reason> {
        RemoteId::try_from(text.to_owned())
    }

    #[test]
    fn the_bounds_are_bytes() {
        assert!(remote_id("a").is_ok());
        assert!(remote_id(&"a".repeat(64)).is_ok());
        assert_eq!(remote_id(&"a".repeat(65)).unwrap_err(), "at most 64 bytes");
        assert!(remote_id(&"é".repeat(32)).is_ok());
        assert!(remote_id(&"é".repeat(33)).is_err());
        assert_eq!(remote_id("").unwrap_err(), "must not be empty");
        assert_eq!(remote_id(" \u{a0}").unwrap_err(), "must not be empty");
        assert_eq!(CalleeName::try_from("b".repeat(33)).unwrap_err(), "at most 32 bytes");
    }

    #[test]
    fn what_can_deceive_is_refused_and_what_people_are_called_is_not() {
        for wrong in [
            "a\0",
            "a\nb",
            "a\u{7f}",
            "a\u{202e}b",
            "\u{2066}a",
            "a\u{200b}b",
            "a\u{feff}",
            "\u{3164}",
            "\u{2800}",
            "\u{200d}",
            "\u{e0100}",
            " \u{200d}",
            "\u{180b}",
            "a\u{fffe}",
            "Bo\u{200d}b",
            "Bob\u{fe0f}",
            "\u{e0100}Bob",
            "a\u{1ffff}",
            "a\u{fdd0}",
            "a\u{fff0}",
            "a\u{1d173}b",
        ] {
            assert!(remote_id(wrong).is_err(), "{wrong:?}");
        }
        for right in [
            "alice@example.com",
            "+49 89 123",
            "Zoë <z@x>",
            "علي",
            "👩‍👩‍👧",
            "می‌خواهم",
            "葛\u{e0100}城",
            "❤\u{fe0f}Bob 1\u{fe0f}\u{20e3}",
            "a\u{fffd}",
            "O'Neil & \"co\"",
        ] {
            assert!(remote_id(right).is_ok(), "{right:?}");
        }
    }

    #[test]
    fn debug_does_not_show_the_text() {
        assert_eq!(format!("{:?}", remote_id("alice@example.com").unwrap()), "RemoteId(17 bytes)");
    }
}
