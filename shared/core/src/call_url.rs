//! Call tokens: a link that says by itself who is called, for whom it was made, and until when.

use std::fmt;

use crate::{
    CalleeName, KeyRing, RemoteId, TokenError, UnixSeconds, UrlId, UserId,
    token::{self, Purpose, TokenHeader},
};

/// What a call token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallUrlClaims {
    /// The first second at which it is no longer valid.
    pub expires_at: UnixSeconds,
    /// What a revocation names.
    pub url_id: UrlId,
    /// Who is called.
    pub callee: UserId,
    /// For whom it was made.
    pub remote_id: RemoteId,
    /// The name that the caller is shown.
    pub callee_name: Option<CalleeName>,
}

/// The last path segment of a call URL. It lets its holder ring somebody, so `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct CallToken(String);

/// Proof that a call token is authentic and was unexpired when it was verified. It does not say
/// that the call URL is not revoked: only the callee's partition in the table knows that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedCallUrl(CallUrlClaims);

impl CallToken {
    /// Signs `claims` with the first key of the ring.
    pub fn sign(ring: &KeyRing, claims: &CallUrlClaims) -> Self {
        let (remote_id, callee_name) =
            (claims.remote_id.as_str(), claims.callee_name.as_ref().map_or("", CalleeName::as_str));
        let parts: [&[u8]; 7] = [
            &claims.expires_at.to_bytes(),
            claims.url_id.as_bytes(),
            claims.callee.as_bytes(),
            &[length(remote_id)],
            remote_id.as_bytes(),
            &[length(callee_name)],
            callee_name.as_bytes(),
        ];
        Self(token::seal(ring, Purpose::CallUrl, &parts))
    }

    /// The text that stands in the URL.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for CallToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("CallToken(hidden)")
    }
}

impl VerifiedCallUrl {
    /// Verifies the tag, then reads the claims, then looks at the time.
    ///
    /// # Errors
    /// [`TokenError`] tells an expired token from all others, which look the same.
    pub fn verify(ring: &KeyRing, text: &str, now: UnixSeconds) -> Result<Self, TokenError> {
        let token = token::open(ring, Purpose::CallUrl, text)?;
        let claims = decode(token.body()).ok_or(TokenError::Invalid)?;
        if now >= claims.expires_at {
            return Err(TokenError::Expired);
        }
        Ok(Self(claims))
    }

    /// What the token says.
    pub fn claims(&self) -> &CallUrlClaims {
        &self.0
    }
}

/// Reads a call token **without verifying it**, for people who look for a fault.
pub fn peek(text: &str) -> Option<(TokenHeader, CallUrlClaims)> {
    let (header, body) = token::peek(text)?;
    Some((header, decode(&body)?))
}

/// Of one of the two texts.
fn length(text: &str) -> u8 {
    u8::try_from(text.len()).expect("both types bound their length to 64 bytes")
}

fn decode(body: &[u8]) -> Option<CallUrlClaims> {
    let (expires_at, rest) = body.split_first_chunk()?;
    let (url_id, rest) = rest.split_first_chunk()?;
    let (callee, rest) = rest.split_first_chunk()?;
    let (remote_id, rest) = split_text(rest)?;
    let (callee_name, rest) = split_text(rest)?;
    if !rest.is_empty() {
        return None;
    }
    Some(CallUrlClaims {
        expires_at: UnixSeconds::from_bytes(*expires_at),
        url_id: UrlId::from_bytes(*url_id),
        callee: UserId::from_bytes(*callee),
        remote_id: remote_id.parse().ok()?,
        callee_name: match callee_name {
            "" => None,
            name => Some(name.parse().ok()?),
        },
    })
}

/// A length byte, then as many bytes of UTF-8.
fn split_text(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let (&length, rest) = bytes.split_first()?;
    let (text, rest) = rest.split_at_checked(usize::from(length))?;
    Some((str::from_utf8(text).ok()?, rest))
}
