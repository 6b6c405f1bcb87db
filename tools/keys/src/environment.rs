//! The sources of secrets: the environment or standard input, and never an argument, which every
//! user of the machine can see.

use std::{
    env,
    io::{self, IsTerminal, Read},
};

use loop_core::{KeyRing, Reason};

const SETTING: &str = KeyRing::SETTING;
/// A bound above the longest ring: 256 keys of at most 91 characters with their commas.
const INPUT_MAX_BYTES: u64 = 64 * 1024;

/// Reads the text of a valid key ring from the environment or else from standard input.
pub(crate) fn key_ring_text() -> Result<String, Reason> {
    let (text, origin) = match from_environment()? {
        Some(text) => (text, SETTING),
        None if io::stdin().is_terminal() => return Err(nothing_given()),
        None => (standard_input()?, "standard input"),
    };
    if text.is_empty() {
        return Err(nothing_given());
    }
    parsed(&text, origin)?;
    Ok(text)
}

/// Reads the key ring in the environment, if there is one.
pub(crate) fn key_ring() -> Result<Option<KeyRing>, Reason> {
    from_environment()?.map(|text| parsed(&text, SETTING)).transpose()
}

/// Reads all of standard input, without the white space around it.
pub(crate) fn standard_input() -> Result<String, Reason> {
    let mut text = String::new();
    io::stdin()
        .take(INPUT_MAX_BYTES)
        .read_to_string(&mut text)
        .map_err(|_| "standard input cannot be read as UTF-8")?;
    Ok(text.trim().to_owned())
}

fn from_environment() -> Result<Option<String>, Reason> {
    match env::var(SETTING) {
        Ok(text) => Ok(Some(text).filter(|text| !text.is_empty())),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(env::VarError::NotUnicode(_)) => Err(format!("{SETTING}: not UTF-8").into()),
    }
}

fn parsed(text: &str, origin: &str) -> Result<KeyRing, Reason> {
    text.parse().map_err(|reason: Reason| format!("{origin}: {reason}").into())
}

fn nothing_given() -> Reason {
    format!("no key ring: set {SETTING}, or pipe the ring in").into()
}
