//! Session tokens: the value of the cookie that proves who the callee is, without storage.

use std::fmt;

use crate::{
    KeyRing, TokenError, UnixSeconds, UserId,
    limits::SESSION_LIFETIME,
    token::{self, Buffer, Purpose, TokenHeader},
};

/// Proof of who the callee is: made for a new user, or verified from a cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    user: UserId,
    expires_at: UnixSeconds,
}

/// A session as it stands in the cookie. Whoever has it is the user, so `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionToken(String);

impl Session {
    /// A new session of `user`, who has just been made or authenticated.
    pub fn begin(user: UserId, now: UnixSeconds) -> Self {
        Self { user, expires_at: now.after(SESSION_LIFETIME) }
    }

    /// Verifies the tag, then looks at the time.
    ///
    /// # Errors
    /// [`TokenError`] tells an expired session from all that is not one.
    pub fn verify(ring: &KeyRing, text: &str, now: UnixSeconds) -> Result<Self, TokenError> {
        let mut buffer = Buffer::new();
        let token = token::open(ring, Purpose::Session, text, &mut buffer)?;
        let session = decode(token.body).ok_or(TokenError::Invalid)?;
        if now >= session.expires_at {
            return Err(TokenError::Expired);
        }
        Ok(session)
    }

    /// Signs it with the first key of the ring.
    pub fn sign(&self, ring: &KeyRing) -> SessionToken {
        let parts: [&[u8]; 2] = [&self.expires_at.to_bytes(), self.user.as_bytes()];
        SessionToken(token::seal(ring.signing(), Purpose::Session, &parts))
    }

    /// Who this is.
    pub fn user(&self) -> UserId {
        self.user
    }

    /// The first second at which it is no longer valid.
    pub fn expires_at(&self) -> UnixSeconds {
        self.expires_at
    }

    /// The session to give out instead of this one, once the last half of its life has begun.
    pub fn renewed(&self, now: UnixSeconds) -> Option<Self> {
        let is_in_last_half = self.expires_at.since(now) <= SESSION_LIFETIME / 2;
        is_in_last_half.then(|| Self::begin(self.user, now))
    }

    /// The session to give out instead of this one, so that it lives at least until `moment`: a
    /// callee whose call URL still works must be able to fetch the calls that come in through it.
    pub fn outliving(&self, moment: UnixSeconds, now: UnixSeconds) -> Option<Self> {
        (self.expires_at < moment).then(|| Self::begin(self.user, now))
    }
}

impl SessionToken {
    /// The value of the cookie.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SessionToken(hidden)")
    }
}

/// Reads a session token **without verifying it**, for people who look for a fault.
pub fn peek(text: &str) -> Option<(TokenHeader, Session)> {
    let mut buffer = Buffer::new();
    let (header, body) = token::peek(text, &mut buffer)?;
    Some((header, decode(body)?))
}

fn decode(body: &[u8]) -> Option<Session> {
    let (expires_at, user) = body.split_first_chunk()?;
    Some(Session {
        user: UserId::from_bytes(user.try_into().ok()?),
        expires_at: UnixSeconds::from_bytes(*expires_at),
    })
}
