//! Secrets, and the names that belong to them.

use crate::{Reason, Secret};

/// The longest name that we hand on, in bytes. API keys of today have 40 to 50.
const WORD_MAX_BYTES: usize = 256;

/// Reads a secret, in the spelling of its issuer. A blank or a line end in it would change it, and
/// a relay or a provider would refuse values signed with it, which would be hard to trace to the
/// setting. There is no bound but that of the environment, since AWS has none for session tokens.
///
/// # Errors
/// It has characters other than visible ASCII.
pub fn secret(text: &str) -> Result<Secret, Reason> {
    one_word(text).map(Secret::new)
}

/// Reads a name that is no secret: an API key, a user, a version.
///
/// # Errors
/// It has characters other than visible ASCII, or more than 256 characters.
pub fn word(text: &str) -> Result<String, Reason> {
    if text.len() > WORD_MAX_BYTES {
        return Err(format!("at most {WORD_MAX_BYTES} characters").into());
    }
    one_word(text).map(str::to_owned)
}

fn one_word(text: &str) -> Result<&str, Reason> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("only visible ASCII characters, no blanks and no line ends".into());
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_one_visible_word() {
        assert_eq!(secret("north/+=_-!~").unwrap().expose(), "north/+=_-!~");
        assert!(secret(&"a".repeat(5000)).is_ok());
        for wrong in
            ["", "a b", " a", "a ", "a\n", "a\r\n", "a\tb", "a\0", "é", "a\u{200b}", "a\u{a0}"]
        {
            assert!(secret(wrong).is_err() && word(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_word_is_bounded() {
        assert!(word(&"a".repeat(256)).is_ok());
        assert_eq!(word(&"a".repeat(257)).unwrap_err(), "at most 256 characters");
    }
}
