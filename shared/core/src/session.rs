//! Session tokens: the value of the cookie that proves who the callee is, without storage.

use std::fmt;

use crate::{
    Keys, TokenError, UnixSeconds, UserId,
    limits::SESSION_LIFETIME,
    purpose::{SignedToken, sealed::Purpose},
    token::{self, Buffer, TokenHeader},
};

/// Proof of the callee's identity: made for a new user, or verified from a cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    user: UserId,
    expires_at: UnixSeconds,
}

/// A session as it stands in the cookie. Its holder passes as the user, so `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionToken(String);

/// The claims of a session token that was **not verified**.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeekedSession {
    /// The format, and the key that is said to have signed it.
    pub header: TokenHeader,
    /// The user whose session it is said to be.
    pub user: UserId,
    /// The first second at which it is no longer valid.
    pub expires_at: UnixSeconds,
}

impl Session {
    /// Begins a session of `user`, who has just been made or authenticated.
    pub fn begin(user: UserId, now: UnixSeconds) -> Self {
        Self { user, expires_at: now.after(SESSION_LIFETIME) }
    }

    /// Verifies the tag, then checks the time.
    ///
    /// # Errors
    /// [`TokenError`] tells an expired session from texts that are no session.
    pub fn verify(
        keys: &Keys<SessionToken>,
        text: &str,
        now: UnixSeconds,
    ) -> Result<Self, TokenError> {
        let mut buffer = Buffer::new();
        let token = token::open(keys, text, &mut buffer)?;
        let session = decode(token.body).ok_or(TokenError::Invalid)?;
        if now >= session.expires_at {
            return Err(TokenError::Expired);
        }
        Ok(session)
    }

    /// Signs it with the first key.
    pub fn sign(&self, keys: &Keys<SessionToken>) -> SessionToken {
        let parts: [&[u8]; 2] = [&self.expires_at.to_bytes(), self.user.as_bytes()];
        SessionToken(token::seal(keys.signing(), &parts))
    }

    /// Returns the user of the session.
    pub fn user(&self) -> UserId {
        self.user
    }

    /// Returns the first second at which it is no longer valid.
    pub fn expires_at(&self) -> UnixSeconds {
        self.expires_at
    }

    /// Returns the session to give out instead of this one, once the last half of its life has
    /// begun.
    pub fn renewed(&self, now: UnixSeconds) -> Option<Self> {
        let is_in_last_half = self.expires_at.since(now) <= SESSION_LIFETIME / 2;
        is_in_last_half.then(|| Self::begin(self.user, now))
    }

    /// Returns the session to give out instead of this one, so that it lives at least until
    /// `moment`: a callee whose call URL still works must be able to fetch the calls that come in
    /// through it.
    pub fn outliving(&self, moment: UnixSeconds, now: UnixSeconds) -> Option<Self> {
        (self.expires_at < moment).then(|| Self::begin(self.user, now))
    }
}

impl SignedToken for SessionToken {}

impl Purpose for SessionToken {
    const NAME: &'static str = "session";
    const SETTING: &'static str = "LOOP_SESSION_KEYS";
    const LABEL: &'static [u8] = b"loop session v1";
    const MASK_LABEL: &'static [u8] = b"";
    const VERSION: u8 = 1;
    type Mask = ();
}

impl SessionToken {
    /// Returns the value of the cookie.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SessionToken(hidden)")
    }
}

impl PeekedSession {
    /// Reads a session token **without verifying it**, for people who look for a fault.
    pub fn read(text: &str) -> Option<Self> {
        let mut buffer = Buffer::new();
        let (header, body) = token::peek(text, &mut buffer)?;
        let Session { user, expires_at } = decode(body)?;
        Some(Self { header, user, expires_at })
    }
}

fn decode(body: &[u8]) -> Option<Session> {
    let (expires_at, user) = body.split_first_chunk()?;
    Some(Session {
        user: UserId::from_bytes(user.try_into().ok()?),
        expires_at: UnixSeconds::from_bytes(*expires_at),
    })
}
