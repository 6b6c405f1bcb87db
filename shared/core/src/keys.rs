//! The keys of one purpose, which are all that a function is given.

use std::{collections::BTreeSet, fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::hmac;
use zeroize::Zeroizing;

use crate::{
    Reason,
    purpose::{SignedToken, sealed::MaskKey},
    setting,
};

/// The bytes of a key that signs: as many as a tag of HMAC-SHA256 has (RFC 2104, section 3).
pub(crate) const SIGNING_LENGTH: usize = 32;

/// The keys that sign and verify tokens of one kind, and nothing else. The first signs, all verify,
/// and a token's key id picks one.
///
/// They are derived from a [`KeyRing`](crate::KeyRing) and written as
/// `id:purpose:key,id:purpose:key`, without blanks: `purpose` is `call-url`, `session` or
/// `participant`, and the key is base64url without padding. So a function that is given the keys of one purpose can't make tokens of another one,
/// and does not start with the keys of another one, nor with the ring itself.
#[derive(Clone)]
pub struct Keys<T: SignedToken> {
    signing: Key<T>,
    others: Vec<Key<T>>,
}

/// One key of a purpose.
#[derive(Clone)]
pub(crate) struct Key<T: SignedToken> {
    id: u8,
    /// The key that signs.
    pub(crate) signing: hmac::Key,
    /// The key that hides the callee.
    pub(crate) mask: T::Mask,
}

impl<T: SignedToken> Keys<T> {
    /// The name of the setting: `LOOP_CALL_URL_KEYS`, `LOOP_SESSION_KEYS` or
    /// `LOOP_PARTICIPANT_KEYS`.
    pub const SETTING: &'static str = T::SETTING;

    pub(crate) fn new(signing: Key<T>, others: Vec<Key<T>>) -> Self {
        Self { signing, others }
    }

    /// Returns the ids of the keys, the signing one first.
    pub fn ids(&self) -> impl Iterator<Item = u8> {
        std::iter::once(self.signing.id).chain(self.others.iter().map(|key| key.id))
    }

    /// Returns the key that signs.
    pub(crate) fn signing(&self) -> &Key<T> {
        &self.signing
    }

    /// Returns the key with this id, if there is one.
    pub(crate) fn with_id(&self, id: u8) -> Option<&Key<T>> {
        std::iter::once(&self.signing).chain(&self.others).find(|key| key.id == id)
    }
}

impl<T: SignedToken> FromStr for Keys<T> {
    type Err = Reason;

    fn from_str(text: &str) -> Result<Self, Reason> {
        let (signing, others) = parse_entries(text, Key::parse)?;
        Ok(Self { signing, others })
    }
}

impl<T: SignedToken> fmt::Debug for Keys<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Keys({} {:?})", T::NAME, self.ids().collect::<Vec<_>>())
    }
}

impl<T: SignedToken> Key<T> {
    /// The number of bytes that it is made of.
    pub(crate) const LENGTH: usize = SIGNING_LENGTH + T::Mask::LENGTH;

    fn parse(id: u8, rest: &str) -> Result<Self, Reason> {
        let wrong = || format!("each key is written as `id:{}:key`, separated by commas", T::NAME);
        let key = rest.strip_prefix(T::NAME).and_then(|rest| rest.strip_prefix(':'));
        let bytes = decode(id, key.ok_or_else(wrong)?)?;
        let key = Self::of_bytes(id, &bytes);
        key.ok_or_else(|| format!("key {id} must have {} bytes", Self::LENGTH).into())
    }

    /// Makes the key of [`Key::LENGTH`] bytes.
    pub(crate) fn of_bytes(id: u8, bytes: &[u8]) -> Option<Self> {
        let (signing, mask) = bytes.split_at_checked(SIGNING_LENGTH)?;
        let mask = T::Mask::of_bytes(mask)?;
        Some(Self { id, signing: hmac::Key::new(hmac::HMAC_SHA256, signing), mask })
    }

    /// Returns the id by which tokens name the key.
    pub(crate) fn id(&self) -> u8 {
        self.id
    }
}

/// Reads `id:…,id:…`. Returns the first entry, and the others.
pub(crate) fn parse_entries<T>(
    text: &str,
    parse: impl Fn(u8, &str) -> Result<T, Reason>,
) -> Result<(T, Vec<T>), Reason> {
    let mut seen = BTreeSet::new();
    setting::secret(text)?;
    let mut entries = text.split(',').map(|entry| {
        let (id, rest) = entry
            .split_once(':')
            .ok_or("each key is written as `id:secret`, separated by commas")?;
        let id = id.parse().map_err(|_| "a key id is a whole number from 0 to 255")?;
        if !seen.insert(id) {
            return Err(format!("key id {id} occurs twice").into());
        }
        parse(id, rest)
    });
    let first = entries.next().unwrap_or_else(|| Err("no key".into()))?;
    let others = entries.collect::<Result<_, Reason>>()?;
    Ok((first, others))
}

/// Decodes the bytes of a key, which are zeroed when they are dropped. The keys made of them live
/// in `ring`, which has no way to zero them.
pub(crate) fn decode(id: u8, text: &str) -> Result<Zeroizing<Vec<u8>>, Reason> {
    URL_SAFE_NO_PAD
        .decode(text)
        .map(Zeroizing::new)
        .map_err(|_| format!("the secret of key {id} is not base64url without padding").into())
}
