//! The key ring: the secrets that sign tokens, each with an id that the tokens name.

use std::{collections::BTreeSet, fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{hkdf, hmac, rand::SecureRandom};
use zeroize::Zeroizing;

use crate::{
    Reason, Settings, UnavailableError, callee_mask::CalleeMask, purpose::Purpose, random, setting,
};

/// The setting that holds the ring.
const SETTING: &str = "LOOP_TOKEN_KEYS";

/// The keys that sign and verify tokens. The first signs, all verify, and a token's key id picks
/// one.
///
/// It is written as `id:secret,id:secret`, without blanks: ids are 0 to 255, secrets base64url
/// without padding, 32 to 64 bytes. For each purpose, its own key is derived from the secret with
/// HKDF-SHA256 (RFC 5869), so that a session token can never pass as a call token; and the keys
/// that hide callees sign nothing. `docs/token.md` has the details.
///
/// Removing a key ends the tokens that it signed: add a new key last everywhere, then move it to
/// the front, and remove the old one when its tokens have expired.
#[derive(Clone)]
pub struct KeyRing {
    signing: Key,
    others: Vec<Key>,
}

/// The keys that are derived from one secret.
#[derive(Clone)]
pub(crate) struct Key {
    id: u8,
    call_url: hmac::Key,
    session: hmac::Key,
    participant: hmac::Key,
    /// The key that hides the callee in call tokens.
    pub(crate) call_url_mask: CalleeMask,
    /// The key that hides the callee in participant tokens.
    pub(crate) participant_mask: CalleeMask,
}

impl KeyRing {
    /// The shortest secret, in bytes: as long as the tag of HMAC-SHA256 (RFC 2104, section 3).
    pub const SECRET_MIN_BYTES: usize = 32;
    /// The longest secret, in bytes: one block of SHA-256. More adds nothing.
    pub const SECRET_MAX_BYTES: usize = 64;

    /// Reads `LOOP_TOKEN_KEYS`.
    pub fn from_settings(settings: &mut Settings<'_>) -> Option<Self> {
        settings.required(SETTING, str::parse)
    }

    /// Makes the secret of a new key: 32 random bytes as they stand in a key ring.
    ///
    /// # Errors
    /// The random source has failed.
    pub fn new_secret(source: &dyn SecureRandom) -> Result<String, UnavailableError> {
        let secret: [u8; Self::SECRET_MIN_BYTES] = random::bytes(source)?;
        Ok(URL_SAFE_NO_PAD.encode(secret))
    }

    /// Returns the ids of the keys, the signing one first.
    pub fn ids(&self) -> impl Iterator<Item = u8> {
        std::iter::once(self.signing.id).chain(self.others.iter().map(|key| key.id))
    }

    /// Returns the key that signs.
    pub(crate) fn signing(&self) -> &Key {
        &self.signing
    }

    /// Returns the key with this id, if there is one.
    pub(crate) fn with_id(&self, id: u8) -> Option<&Key> {
        std::iter::once(&self.signing).chain(&self.others).find(|key| key.id == id)
    }
}

impl FromStr for KeyRing {
    type Err = Reason;

    fn from_str(text: &str) -> Result<Self, Reason> {
        let mut seen = BTreeSet::new();
        setting::secret(text)?;
        let mut keys = text.split(',').map(|entry| {
            let key = Key::parse(entry)?;
            if !seen.insert(key.id) {
                return Err(format!("key id {} occurs twice", key.id).into());
            }
            Ok(key)
        });
        let signing = keys.next().unwrap_or_else(|| Err("no key".into()))?;
        let others = keys.collect::<Result<_, Reason>>()?;
        Ok(Self { signing, others })
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "KeyRing({:?})", self.ids().collect::<Vec<_>>())
    }
}

impl Key {
    fn parse(entry: &str) -> Result<Self, Reason> {
        let (id, secret) = entry
            .split_once(':')
            .ok_or("each key is written as `id:secret`, separated by commas")?;
        let id = id.parse().map_err(|_| "a key id is a whole number from 0 to 255")?;
        // The secret is zeroed, but the keys derived from it live in `ring`, which has no way to
        // zero them.
        let secret = URL_SAFE_NO_PAD
            .decode(secret)
            .map(Zeroizing::new)
            .map_err(|_| format!("the secret of key {id} is not base64url without padding"))?;
        if !(KeyRing::SECRET_MIN_BYTES..=KeyRing::SECRET_MAX_BYTES).contains(&secret.len()) {
            return Err(format!("the secret of key {id} must have 32 to 64 bytes").into());
        }
        let pseudorandom_key = hkdf::Salt::new(hkdf::HKDF_SHA256, b"").extract(&secret);
        let signing = |purpose: Purpose| derive(&pseudorandom_key, purpose.label());
        let mask = |label| CalleeMask::derive(&pseudorandom_key, label);
        Ok(Self {
            id,
            call_url: signing(Purpose::CallUrl),
            session: signing(Purpose::Session),
            participant: signing(Purpose::Participant),
            call_url_mask: mask(b"loop call url callee v2"),
            participant_mask: mask(b"loop participant callee v2"),
        })
    }

    /// Returns the id by which tokens name the key.
    pub(crate) fn id(&self) -> u8 {
        self.id
    }

    /// Returns the key that signs tokens of this purpose.
    pub(crate) fn for_purpose(&self, purpose: Purpose) -> &hmac::Key {
        match purpose {
            Purpose::CallUrl => &self.call_url,
            Purpose::Session => &self.session,
            Purpose::Participant => &self.participant,
        }
    }
}

fn derive(pseudorandom_key: &hkdf::Prk, label: &[u8]) -> hmac::Key {
    hmac::Key::from(
        pseudorandom_key
            .expand(&[label], hmac::HMAC_SHA256)
            .expect("32 bytes are far below the bound of HKDF: 255 times 32"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

    fn fault(text: &str) -> String {
        text.parse::<KeyRing>().unwrap_err().into_owned()
    }

    #[test]
    fn the_first_key_signs_and_each_is_found() {
        let ring: KeyRing = format!("7:{SECRET},3:{SECRET}").parse().unwrap();
        assert_eq!(ring.ids().collect::<Vec<_>>(), [7, 3]);
        assert_eq!(ring.signing().id(), 7);
        assert!(ring.with_id(3).is_some());
        assert!(ring.with_id(4).is_none());
    }

    #[test]
    fn a_faulty_ring_is_refused_without_repeating_a_secret() {
        let short = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg";
        let long = "A".repeat(87);
        for (text, expected) in [
            (String::new(), "visible ASCII"),
            (format!("1:{SECRET}, 2:{SECRET}"), "no blanks"),
            (format!("1:{SECRET}\n"), "no line ends"),
            (SECRET.to_owned(), "`id:secret`"),
            (format!("256:{SECRET}"), "0 to 255"),
            (format!("x:{SECRET}"), "0 to 255"),
            (format!("1:{SECRET}="), "key 1 is not base64url"),
            ("1:".to_owned(), "32 to 64 bytes"),
            (format!("1:{short}"), "32 to 64 bytes"),
            (format!("1:{long}"), "32 to 64 bytes"),
            (format!("1:{SECRET},1:{SECRET}"), "key id 1 occurs twice"),
            (format!("1:{SECRET},"), "`id:secret`"),
        ] {
            let fault = fault(&text);
            assert!(fault.contains(expected), "{text}: {fault}");
            assert!(!fault.contains("AAEC"), "{fault}");
        }
    }

    #[test]
    fn a_ring_is_read_from_its_setting() {
        let read = |value: &str| {
            let mut settings = Settings::new(|name| (name == SETTING).then(|| value.to_owned()));
            let ring = KeyRing::from_settings(&mut settings);
            settings.finish(ring).map(|ring| ring.ids().collect::<Vec<_>>())
        };
        assert_eq!(read(&format!("7:{SECRET}")), Ok(vec![7]));
        let fault = read("7:AAEC").unwrap_err().to_string();
        assert!(fault.starts_with("settings: LOOP_TOKEN_KEYS: "), "{fault}");
    }

    #[test]
    fn debug_shows_ids_only() {
        let ring: KeyRing = format!("7:{SECRET}").parse().unwrap();
        assert_eq!(format!("{ring:?}"), "KeyRing([7])");
    }

    #[test]
    fn a_new_secret_is_accepted() {
        let secret = KeyRing::new_secret(&ring::rand::SystemRandom::new()).unwrap();
        assert!(format!("0:{secret}").parse::<KeyRing>().is_ok());
    }
}
