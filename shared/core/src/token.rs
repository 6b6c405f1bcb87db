//! What all signed tokens have in common: version, key id, body, tag; then base64url.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::hmac;
use subtle::ConstantTimeEq;

use crate::{
    KeyRing,
    limits::{CALLEE_NAME_MAX_BYTES, REMOTE_ID_MAX_BYTES},
};

/// The one token format so far.
const VERSION: u8 = 1;
/// 128 bits of HMAC-SHA256 (RFC 2104, section 5, allows half the length and no less).
const TAG_LENGTH: usize = 16;
/// Version and key id.
const HEADER_LENGTH: usize = 2;
/// The longest token that can be made: longer texts are refused unread.
const MAX_LENGTH: usize =
    HEADER_LENGTH + 5 + 8 + 16 + 2 + REMOTE_ID_MAX_BYTES + CALLEE_NAME_MAX_BYTES + TAG_LENGTH;
/// The decoder may ask for up to two bytes more than come out in the end.
const BUFFER_LENGTH: usize = MAX_LENGTH + 2;

/// What a token is for. Each purpose has keys of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Calling somebody.
    CallUrl,
    /// Proving who the callee is.
    Session,
    /// Taking part in one call.
    Participant,
}

impl Purpose {
    /// The `info` of HKDF.
    pub(crate) fn label(self) -> &'static [u8] {
        match self {
            Self::CallUrl => b"loop call url v1",
            Self::Session => b"loop session v1",
            Self::Participant => b"loop participant v1",
        }
    }
}

/// Why a token is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenError {
    /// Garbled, forged, of another purpose, or signed with a key that is not in the ring: which
    /// of these, nobody is told.
    Invalid,
    /// It is authentic, and its time is over.
    Expired,
}

impl fmt::Display for TokenError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Invalid => "not a valid token",
            Self::Expired => "the token has expired",
        })
    }
}

impl std::error::Error for TokenError {}

/// Signs the body that `parts` make with the first key of the ring.
pub(crate) fn seal(ring: &KeyRing, purpose: Purpose, parts: &[&[u8]]) -> String {
    let (key_id, key) = ring.signing(purpose);
    let mut token = Vec::with_capacity(MAX_LENGTH);
    token.extend_from_slice(&[VERSION, key_id]);
    parts.iter().for_each(|part| token.extend_from_slice(part));
    let tag = hmac::sign(key, &token);
    token.extend_from_slice(&tag.as_ref()[..TAG_LENGTH]);
    URL_SAFE_NO_PAD.encode(token)
}

/// A token whose tag has been found right.
pub(crate) struct Opened(Decoded);

impl Opened {
    /// What was signed, without the header.
    pub(crate) fn body(&self) -> &[u8] {
        &self.0.signed()[HEADER_LENGTH..]
    }
}

/// Reads `text` once its tag has been found right. Nothing in the token is believed before.
pub(crate) fn open(ring: &KeyRing, purpose: Purpose, text: &str) -> Result<Opened, TokenError> {
    // What names an unknown key costs the same work as a wrong tag, and what is no token at all that
    // of the longest one: how long the answer takes does not tell why a token is not accepted.
    let decoded = Decoded::decode(text);
    let is_decoded = decoded.is_some();
    let token = decoded.unwrap_or(Decoded::ZEROS);
    let (version, key_id) = token.header();
    let named_key = ring.with_id(key_id, purpose);
    let key = named_key.unwrap_or(ring.signing(purpose).1);
    let expected = hmac::sign(key, token.signed());
    let is_authentic = bool::from(expected.as_ref()[..TAG_LENGTH].ct_eq(token.tag()));
    if !is_decoded || !is_authentic || named_key.is_none() || version != VERSION {
        return Err(TokenError::Invalid);
    }
    Ok(Opened(token))
}

/// The bytes of a token, at least header and tag. On the stack: links are opened by everybody, so
/// this path allocates nothing.
struct Decoded {
    buffer: [u8; BUFFER_LENGTH],
    length: usize,
}

impl Decoded {
    /// As long as the longest token.
    const ZEROS: Self = Self { buffer: [0; BUFFER_LENGTH], length: MAX_LENGTH };

    /// Of a text that is the one spelling of them: this alphabet, no padding, no bits left over
    /// (RFC 4648, sections 3.2, 3.5 and 5).
    fn decode(text: &str) -> Option<Self> {
        if text.len() > (MAX_LENGTH * 8).div_ceil(6) {
            return None;
        }
        let mut buffer = [0; BUFFER_LENGTH];
        let length = URL_SAFE_NO_PAD.decode_slice(text, &mut buffer).ok()?;
        (length >= HEADER_LENGTH + TAG_LENGTH).then_some(Self { buffer, length })
    }

    /// Version and key id.
    fn header(&self) -> (u8, u8) {
        (self.buffer[0], self.buffer[1])
    }

    fn signed(&self) -> &[u8] {
        &self.buffer[..self.length - TAG_LENGTH]
    }

    fn tag(&self) -> &[u8] {
        &self.buffer[self.length - TAG_LENGTH..self.length]
    }
}

/// What a token says of itself, for people who look for a fault. **Not verified.**
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenHeader {
    /// The format.
    pub version: u8,
    /// The key that is said to have signed it.
    pub key_id: u8,
}

/// Splits a token into its header and body **without verifying it**.
pub(crate) fn peek(text: &str) -> Option<(TokenHeader, Vec<u8>)> {
    let token = Decoded::decode(text)?;
    let (version, key_id) = token.header();
    Some((TokenHeader { version, key_id }, token.signed()[HEADER_LENGTH..].to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sum in `docs/token.md`: longer texts are not even decoded.
    #[test]
    fn the_longest_token_is_as_long_as_documented() {
        assert_eq!(MAX_LENGTH, 145);
    }
}
