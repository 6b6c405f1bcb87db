//! The session of a user, as a client keeps it.

/// Name and value of the session's cookie, as the `Cookie` header has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session(String);

impl Session {
    /// Reads the value of a `Set-Cookie` header: the pair before its attributes (RFC 6265,
    /// section 4.1.1).
    pub fn from_set_cookie(set_cookie: &str) -> Self {
        Self(set_cookie.split(';').next().unwrap_or_default().to_owned())
    }

    /// Returns the value of the `Cookie` header.
    pub fn cookie(&self) -> &str {
        &self.0
    }

    /// Returns the token alone, without the cookie's name.
    pub fn token(&self) -> &str {
        self.0.split_once('=').map_or("", |(_, token)| token)
    }
}
