//! The common form of all signed tokens: version, key id, body, tag; then base64url.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::hmac;
use subtle::ConstantTimeEq;

use crate::{
    Keys, UserId,
    keys::Key,
    limits::{CALLEE_NAME_MAX_CHARACTERS, REMOTE_ID_MAX_CHARACTERS, UTF8_MAX_BYTES},
    purpose::SignedToken,
};

/// The length of a tag: 128 bits of HMAC-SHA256 (RFC 2104, section 5, allows no less than half).
const TAG_LENGTH: usize = 16;
/// The length of version and key id.
const HEADER_LENGTH: usize = 2;
/// The length of a call token with two empty texts.
pub(crate) const CALL_TOKEN_LENGTH: usize = HEADER_LENGTH + 5 + 8 + UserId::LENGTH + 1 + TAG_LENGTH;
/// The length of the longest token that can be made. Longer texts are refused unread.
const MAX_LENGTH: usize =
    CALL_TOKEN_LENGTH + UTF8_MAX_BYTES * (REMOTE_ID_MAX_CHARACTERS + CALLEE_NAME_MAX_CHARACTERS);
/// The length of a call token with an e-mail address and a first name. Refusing a text that is no
/// token costs as much work as this one: the longest token takes several times as much, and
/// strangers send more junk than links.
const USUAL_LENGTH: usize = CALL_TOKEN_LENGTH + 17 + 5;
/// The length of the buffer: the decoder may ask for up to two bytes more than come out in the end.
const BUFFER_LENGTH: usize = MAX_LENGTH + 2;

/// The reason why a token is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenError {
    /// Garbled, forged, of another purpose, or signed with a key that is not in the ring. The
    /// sender is not told which of these.
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

/// Signs the body that `parts` make.
pub(crate) fn seal<T: SignedToken>(key: &Key<T>, parts: &[&[u8]]) -> String {
    let mut buffer = [0; MAX_LENGTH];
    let mut length = 0;
    let mut append = |part: &[u8]| {
        buffer[length..][..part.len()].copy_from_slice(part);
        length += part.len();
        length
    };
    append(&[T::VERSION, key.id()]);
    let signed = parts.iter().fold(0, |_, part| append(part));
    let tag = hmac::sign(&key.signing, &buffer[..signed]);
    buffer[signed..][..TAG_LENGTH].copy_from_slice(&tag.as_ref()[..TAG_LENGTH]);
    URL_SAFE_NO_PAD.encode(&buffer[..signed + TAG_LENGTH])
}

/// A token whose tag was found to be right.
pub(crate) struct Opened<'a, T: SignedToken> {
    /// The version, which is one of those that tokens of this kind have.
    pub(crate) version: u8,
    /// The key that has signed it.
    pub(crate) key: &'a Key<T>,
    /// The signed bytes, without the header.
    pub(crate) body: &'a [u8],
}

/// Reads `text` once its tag was found to be right. Nothing in the token is believed before.
pub(crate) fn open<'a, T: SignedToken>(
    keys: &'a Keys<T>,
    text: &str,
    buffer: &'a mut Buffer,
) -> Result<Opened<'a, T>, TokenError> {
    // A token that names an unknown key costs the same work as one with a wrong tag, and a text
    // that is no token at all costs the work of a usual token: the time that the response takes
    // does not tell why a token is not accepted.
    let decoded = Decoded::decode(text, buffer);
    let token = decoded.unwrap_or(Decoded(&[0; USUAL_LENGTH]));
    let (version, key_id) = token.header();
    let named_key = keys.with_id(key_id);
    let key = named_key.unwrap_or(keys.signing());
    let expected = hmac::sign(&key.signing, token.signed());
    let is_authentic = bool::from(first_half(expected.as_ref()).ct_eq(&first_half(token.tag())));
    let is_known = (1..=T::VERSION).contains(&version) && named_key.is_some();
    if decoded.is_none() || !is_authentic || !is_known {
        return Err(TokenError::Invalid);
    }
    Ok(Opened { version, key, body: &token.signed()[HEADER_LENGTH..] })
}

/// Returns a tag as one number, which is compared in a fraction of the time that its bytes would
/// take one by one.
fn first_half(tag: &[u8]) -> u128 {
    u128::from_ne_bytes(*tag.first_chunk::<TAG_LENGTH>().expect("no tag is shorter"))
}

/// Room for the bytes of a token. It is on the stack: anyone can open links, so this path allocates
/// nothing.
pub(crate) struct Buffer([u8; BUFFER_LENGTH]);

impl Buffer {
    pub(crate) fn new() -> Self {
        Self([0; BUFFER_LENGTH])
    }
}

/// The bytes of a token, which has at least a header and a tag.
#[derive(Clone, Copy)]
struct Decoded<'a>(&'a [u8]);

impl<'a> Decoded<'a> {
    /// Decodes a text that is the one spelling of its bytes: this alphabet, no padding, no bits
    /// left over (RFC 4648, sections 3.2, 3.5 and 5).
    fn decode(text: &str, Buffer(buffer): &'a mut Buffer) -> Option<Self> {
        if text.len() > (MAX_LENGTH * 8).div_ceil(6) {
            return None;
        }
        let length = URL_SAFE_NO_PAD.decode_slice(text, buffer).ok()?;
        (length >= HEADER_LENGTH + TAG_LENGTH).then_some(Self(&buffer[..length]))
    }

    /// Returns the version and the key id.
    fn header(self) -> (u8, u8) {
        (self.0[0], self.0[1])
    }

    fn signed(self) -> &'a [u8] {
        &self.0[..self.0.len() - TAG_LENGTH]
    }

    fn tag(self) -> &'a [u8] {
        &self.0[self.0.len() - TAG_LENGTH..]
    }
}

/// The header of a token, for people who look for a fault. **Not verified.**
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenHeader {
    /// The format.
    pub version: u8,
    /// The key that is said to have signed it.
    pub key_id: u8,
}

/// Splits a token into its header and body **without verifying it**.
pub(crate) fn peek<'a>(text: &str, buffer: &'a mut Buffer) -> Option<(TokenHeader, &'a [u8])> {
    let token = Decoded::decode(text, buffer)?;
    let (version, key_id) = token.header();
    Some((TokenHeader { version, key_id }, &token.signed()[HEADER_LENGTH..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `docs/token.md` has the sums. Longer texts are not even decoded.
    #[test]
    fn the_longest_token_is_as_long_as_documented() {
        assert_eq!((USUAL_LENGTH, MAX_LENGTH), (70, 560));
    }
}
