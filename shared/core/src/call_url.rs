//! Call tokens: a link that says by itself who is called, for whom it was made, and until when.

use std::fmt;

use ring::rand::SecureRandom;

use crate::{
    CalleeName, Keys, RemoteId, TokenError, UnavailableError, UnixSeconds, UrlId, UserId,
    callee_mask::{CalleeMask, MaskNonce},
    keys::Key,
    purpose::{SignedToken, sealed::Purpose},
    random,
    token::{self, Buffer, TokenHeader},
};

/// The claims of a call token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallUrlClaims {
    /// The first second at which it is no longer valid.
    pub expires_at: UnixSeconds,
    /// The id by which a revocation names the link.
    pub url_id: UrlId,
    /// The user who is called.
    pub callee: UserId,
    /// The person for whom it was made.
    pub remote_id: RemoteId,
    /// The name that the caller is shown.
    pub callee_name: Option<CalleeName>,
}

/// A call URL that is to be made. Its id is drawn when it is signed.
///
/// ```
/// use std::time::Duration;
///
/// use loop_core::{CallToken, KeyRing, Keys, NewCallUrl, UnixSeconds, UserId, VerifiedCallUrl};
/// use ring::rand::SystemRandom;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let random = SystemRandom::new();
/// let ring: KeyRing = format!("1:{}", KeyRing::new_secret(&random)?).parse()?;
/// let keys: Keys<CallToken> = ring.keys();
/// let now = UnixSeconds::try_from(1_800_000_000)?;
/// let call_url = NewCallUrl {
///     made_at: now,
///     expires_at: now.after(Duration::from_hours(1)),
///     callee: UserId::random(&random)?,
///     remote_id: "alice@example.com".parse()?,
///     callee_name: None,
/// };
/// let token = call_url.sign(&keys, &random)?;
/// let verified = VerifiedCallUrl::verify(&keys, token.as_str(), now)?;
/// assert_eq!(verified.claims().remote_id.as_str(), "alice@example.com");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct NewCallUrl {
    /// The moment at which it is made.
    pub made_at: UnixSeconds,
    /// The first second at which it is no longer valid.
    pub expires_at: UnixSeconds,
    /// The user who is called.
    pub callee: UserId,
    /// The person for whom it is made.
    pub remote_id: RemoteId,
    /// The name that the caller is shown.
    pub callee_name: Option<CalleeName>,
}

/// The last path segment of a call URL. Its holder can ring the callee, so `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct CallToken(String);

/// Proof that a call token is authentic and was unexpired when it was verified. It does not say
/// that the call URL is not revoked: only the callee's partition in the table knows that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedCallUrl {
    claims: CallUrlClaims,
    made_at: Option<UnixSeconds>,
}

/// The claims of a call token that was **not verified**.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeekedCallUrl {
    /// The format, and the key that is said to have signed it.
    pub header: TokenHeader,
    /// The first second at which it is no longer valid.
    pub expires_at: UnixSeconds,
    /// The moment at which it was made, which tokens say from version 2 on.
    pub made_at: Option<UnixSeconds>,
    /// The id by which a revocation names the link.
    pub url_id: UrlId,
    /// The user who is called. From version 2 on, only a holder of the key can read it.
    pub callee: Option<UserId>,
    /// The person for whom it was made.
    pub remote_id: RemoteId,
    /// The name that the caller is shown.
    pub callee_name: Option<CalleeName>,
}

impl NewCallUrl {
    /// Draws an id and signs, until the token ends in a letter or a digit. Programs that make links
    /// of the texts in chats and mails leave out other characters at the end. Only tokens whose
    /// bytes are a multiple of three can end in such a character, and one in 32 of them does.
    ///
    /// # Errors
    /// The random source has failed.
    pub fn sign(
        self,
        keys: &Keys<CallToken>,
        source: &dyn SecureRandom,
    ) -> Result<CallToken, UnavailableError> {
        let Self { made_at, expires_at, callee, remote_id, callee_name } = self;
        let url_id = UrlId::new(made_at, random::bytes(source)?);
        let mut claims = CallUrlClaims { expires_at, url_id, callee, remote_id, callee_name };
        loop {
            let token = CallToken::sign(keys, &claims);
            if token.0.ends_with(|last: char| last.is_ascii_alphanumeric()) {
                return Ok(token);
            }
            claims.url_id = UrlId::new(made_at, random::bytes(source)?);
        }
    }
}

impl SignedToken for CallToken {}

impl Purpose for CallToken {
    const NAME: &'static str = "call-url";
    const SETTING: &'static str = "LOOP_CALL_URL_KEYS";
    const LABEL: &'static [u8] = b"loop call url v1";
    const MASK_LABEL: &'static [u8] = b"loop call url callee v2";
    const VERSION: u8 = 2;
    type Mask = CalleeMask;
}

impl CallToken {
    /// The length of the shortest one, in characters.
    pub const LENGTH_MIN: usize = ((token::CALL_TOKEN_LENGTH + 1) * 8).div_ceil(6);

    /// Signs `claims` with the first key.
    pub fn sign(keys: &Keys<Self>, claims: &CallUrlClaims) -> Self {
        let key = keys.signing();
        let callee = key.mask.mask(nonce(claims.url_id), claims.callee);
        let parts: [&[u8]; 6] = [
            &claims.expires_at.to_bytes(),
            claims.url_id.as_bytes(),
            &callee,
            &[length_less_one(&claims.remote_id)],
            claims.remote_id.as_str().as_bytes(),
            claims.callee_name.as_ref().map_or("", CalleeName::as_str).as_bytes(),
        ];
        Self(token::seal(key, &parts))
    }

    /// Returns the text that stands in the URL.
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
    /// Verifies the tag, then reads the claims, then checks the time.
    ///
    /// # Errors
    /// [`TokenError`] tells an expired token from all others, which look the same.
    pub fn verify(
        keys: &Keys<CallToken>,
        text: &str,
        now: UnixSeconds,
    ) -> Result<Self, TokenError> {
        let mut buffer = Buffer::new();
        let token = token::open(keys, text, &mut buffer)?;
        let said = Said::read(token.version, token.body).ok_or(TokenError::Invalid)?;
        let callee = said.unmask(token.key);
        let claims = said.claims(callee).ok_or(TokenError::Invalid)?;
        if now >= claims.expires_at {
            return Err(TokenError::Expired);
        }
        Ok(Self { made_at: said.made_at(), claims })
    }

    /// Returns the claims of the token.
    pub fn claims(&self) -> &CallUrlClaims {
        &self.claims
    }

    /// Returns the moment at which the link was made. A link of version 1 does not say it.
    pub fn made_at(&self) -> Option<UnixSeconds> {
        self.made_at
    }
}

impl PeekedCallUrl {
    /// Reads a call token **without verifying it**, for people who look for a fault. Without the
    /// key that it names, the callee can't be read.
    pub fn read(keys: Option<&Keys<CallToken>>, text: &str) -> Option<Self> {
        let mut buffer = Buffer::new();
        let (header, body) = token::peek(text, &mut buffer)?;
        let said = Said::read(header.version, body)?;
        let key = keys.and_then(|keys| keys.with_id(header.key_id));
        let callee = match (said.callee, key) {
            (Callee::Clear(callee), _) => Some(callee),
            (Callee::Masked(_), key) => key.map(|key| said.unmask(key)),
        };
        let made_at = said.made_at();
        // The rest does not depend on the callee.
        let claims = said.claims(callee.unwrap_or(UserId::from_bytes([0; UserId::LENGTH])))?;
        Some(Self {
            header,
            expires_at: claims.expires_at,
            made_at,
            url_id: claims.url_id,
            callee,
            remote_id: claims.remote_id,
            callee_name: claims.callee_name,
        })
    }
}

/// The parts of a token's body.
struct Said<'a> {
    expires_at: UnixSeconds,
    url_id: UrlId,
    callee: Callee,
    remote_id: &'a [u8],
    callee_name: &'a [u8],
}

/// The callee as it stands in the token.
#[derive(Clone, Copy)]
enum Callee {
    /// The form of version 1.
    Clear(UserId),
    /// The form of version 2 and later.
    Masked([u8; UserId::LENGTH]),
}

impl<'a> Said<'a> {
    /// Reads a body. Returns `None` if the lengths do not use it up exactly.
    fn read(version: u8, body: &'a [u8]) -> Option<Self> {
        let (expires_at, rest) = body.split_first_chunk()?;
        let (url_id, rest) = rest.split_first_chunk()?;
        let (callee, rest) = rest.split_first_chunk()?;
        let (&length, rest) = rest.split_first()?;
        let (callee, remote_id, callee_name) = match version {
            1 => {
                let (remote_id, rest) = rest.split_at_checked(length.into())?;
                let (&length, callee_name) = rest.split_first()?;
                if callee_name.len() != usize::from(length) {
                    return None;
                }
                (Callee::Clear(UserId::from_bytes(*callee)), remote_id, callee_name)
            }
            _ => {
                let (remote_id, callee_name) = rest.split_at_checked(usize::from(length) + 1)?;
                (Callee::Masked(*callee), remote_id, callee_name)
            }
        };
        Some(Self {
            expires_at: UnixSeconds::from_bytes(*expires_at),
            url_id: UrlId::from_bytes(*url_id),
            callee,
            remote_id,
            callee_name,
        })
    }

    fn unmask(&self, key: &Key<CallToken>) -> UserId {
        match self.callee {
            Callee::Clear(callee) => callee,
            Callee::Masked(masked) => key.mask.unmask(nonce(self.url_id), masked),
        }
    }

    fn made_at(&self) -> Option<UnixSeconds> {
        match self.callee {
            Callee::Clear(_) => None,
            Callee::Masked(_) => Some(self.url_id.made_at(self.expires_at)),
        }
    }

    /// Returns the claims, or `None` if one of the texts is not one that a call URL may carry.
    fn claims(&self, callee: UserId) -> Option<CallUrlClaims> {
        Some(CallUrlClaims {
            expires_at: self.expires_at,
            url_id: self.url_id,
            callee,
            remote_id: RemoteId::kept(str::from_utf8(self.remote_id).ok()?).ok()?,
            callee_name: match self.callee_name {
                b"" => None,
                name => Some(CalleeName::kept(str::from_utf8(name).ok()?).ok()?),
            },
        })
    }
}

/// Returns the nonce of a link. No two callees have links with the same id, but for a chance of one
/// in 2^32 for each two that are made in the same second.
fn nonce(url_id: UrlId) -> MaskNonce {
    let mut nonce = MaskNonce::default();
    nonce[..UrlId::LENGTH].copy_from_slice(url_id.as_bytes());
    nonce
}

/// Returns the length as one byte. The text is never empty, and the longest one has 256 bytes.
fn length_less_one(remote_id: &RemoteId) -> u8 {
    let length = remote_id.as_str().len() - 1;
    u8::try_from(length).expect("64 characters have 256 bytes at most")
}
