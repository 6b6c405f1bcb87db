//! The key ring: the secrets from which all keys are derived, each with an id that tokens name.

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{hkdf, rand::SecureRandom};
use zeroize::Zeroizing;

use crate::{
    Reason, Settings, UnavailableError,
    keys::{self, Key, Keys, SIGNING_LENGTH},
    purpose::SignedToken,
    random,
};

/// The secrets from which the keys of all purposes are derived. The first one's keys sign, all
/// verify.
///
/// It is written as `id:secret,id:secret`, without blanks: ids are 0 to 255, secrets base64url
/// without padding, 32 to 64 bytes. For each purpose, its own key is derived from the secret with
/// HKDF-SHA256 (RFC 5869), so that a session token can never pass as a call token; and the keys
/// that hide callees sign nothing. `docs/token.md` has the details.
///
/// A deployed function is given the derived [`Keys`] of its purposes and not the ring.
///
/// Removing a key ends the tokens that it signed: add a new key last everywhere, then move it to
/// the front, and remove the old one when its tokens have expired.
#[derive(Clone)]
pub struct KeyRing {
    signing: Secret,
    others: Vec<Secret>,
}

/// One secret, in the form from which HKDF derives keys.
#[derive(Clone)]
struct Secret {
    id: u8,
    pseudorandom_key: hkdf::Prk,
}

impl KeyRing {
    /// The setting that holds the ring, where functions run without a deployment.
    pub const SETTING: &'static str = "LOOP_TOKEN_KEYS";
    /// The shortest secret, in bytes: as long as the tag of HMAC-SHA256 (RFC 2104, section 3).
    pub const SECRET_MIN_BYTES: usize = 32;
    /// The longest secret, in bytes: one block of SHA-256. More adds nothing.
    pub const SECRET_MAX_BYTES: usize = 64;

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
        self.secrets().map(|secret| secret.id)
    }

    /// Derives the keys that sign tokens of one kind.
    pub fn keys<T: SignedToken>(&self) -> Keys<T> {
        Keys::new(self.signing.key(), self.others.iter().map(Secret::key).collect())
    }

    /// Derives the keys that sign tokens of one kind, and returns them as they stand in their
    /// setting. That is a secret, too.
    pub fn derived_text<T: SignedToken>(&self) -> String {
        let entries = self.secrets().map(|secret| {
            let key = URL_SAFE_NO_PAD.encode(&*secret.derive::<T>());
            format!("{}:{}:{key}", secret.id, T::NAME)
        });
        entries.collect::<Vec<_>>().join(",")
    }

    fn secrets(&self) -> impl Iterator<Item = &Secret> {
        std::iter::once(&self.signing).chain(&self.others)
    }
}

impl<T: SignedToken> Keys<T> {
    /// Reads the setting of the purpose. Without it the keys are derived from `LOOP_TOKEN_KEYS`,
    /// which no deployed function is given.
    pub fn from_settings(settings: &mut Settings<'_>) -> Option<Self> {
        if let Some(keys) = settings.optional(T::SETTING, str::parse)? {
            return Some(keys);
        }
        let ring = settings.optional(KeyRing::SETTING, str::parse::<KeyRing>)?;
        if ring.is_none() {
            settings.fault(format!("{} is missing", T::SETTING));
        }
        ring.map(|ring| ring.keys())
    }
}

impl FromStr for KeyRing {
    type Err = Reason;

    fn from_str(text: &str) -> Result<Self, Reason> {
        let (signing, others) = keys::parse_entries(text, Secret::parse)?;
        Ok(Self { signing, others })
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "KeyRing({:?})", self.ids().collect::<Vec<_>>())
    }
}

impl Secret {
    fn parse(id: u8, secret: &str) -> Result<Self, Reason> {
        let secret = keys::decode(id, secret)?;
        if !(KeyRing::SECRET_MIN_BYTES..=KeyRing::SECRET_MAX_BYTES).contains(&secret.len()) {
            return Err(format!("the secret of key {id} must have 32 to 64 bytes").into());
        }
        let pseudorandom_key = hkdf::Salt::new(hkdf::HKDF_SHA256, b"").extract(&secret);
        Ok(Self { id, pseudorandom_key })
    }

    fn key<T: SignedToken>(&self) -> Key<T> {
        Key::of_bytes(self.id, &self.derive::<T>()).expect("as many bytes as it is made of")
    }

    /// Derives the key that signs, followed by the one that hides the callee.
    fn derive<T: SignedToken>(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(vec![0; Key::<T>::LENGTH]);
        let (signing, mask) = bytes.split_at_mut(SIGNING_LENGTH);
        self.expand(T::LABEL, signing);
        self.expand(T::MASK_LABEL, mask);
        bytes
    }

    fn expand(&self, label: &[u8], out: &mut [u8]) {
        let label = [label];
        self.pseudorandom_key
            .expand(&label, Length(out.len()))
            .and_then(|material| material.fill(out))
            .expect(
                "the length is that of the output, and far below the bound of HKDF: 255 times 32",
            );
    }
}

/// The number of bytes to derive.
struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CallToken, ParticipantToken, SessionToken};

    const SECRET: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

    fn fault(text: &str) -> String {
        text.parse::<KeyRing>().unwrap_err().into_owned()
    }

    #[test]
    fn the_first_key_signs_and_each_is_found() {
        let ring: KeyRing = format!("7:{SECRET},3:{SECRET}").parse().unwrap();
        assert_eq!(ring.ids().collect::<Vec<_>>(), [7, 3]);
        let keys: Keys<SessionToken> = ring.keys();
        assert_eq!(keys.signing().id(), 7);
        assert!(keys.with_id(3).is_some());
        assert!(keys.with_id(4).is_none());
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
    fn debug_shows_ids_only() {
        let ring: KeyRing = format!("7:{SECRET}").parse().unwrap();
        assert_eq!(format!("{ring:?}"), "KeyRing([7])");
    }

    #[test]
    fn a_new_secret_is_accepted() {
        let secret = KeyRing::new_secret(&ring::rand::SystemRandom::new()).unwrap();
        assert!(format!("0:{secret}").parse::<KeyRing>().is_ok());
    }

    const RING: &str = "7:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

    fn read<T: SignedToken>(values: &[(&str, &str)]) -> Result<Vec<u8>, String> {
        let mut settings = Settings::new(|name| {
            let found = values.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        });
        let keys = Keys::<T>::from_settings(&mut settings);
        let keys = settings.finish(keys).map_err(|faults| faults.to_string())?;
        Ok(keys.ids().collect())
    }

    #[test]
    fn keys_are_read_from_the_setting_of_their_purpose_or_derived() {
        let ring: KeyRing = RING.parse().unwrap();
        let derived = ring.derived_text::<SessionToken>();
        assert_eq!(read::<SessionToken>(&[("LOOP_SESSION_KEYS", &derived)]), Ok(vec![7]));
        assert_eq!(read::<SessionToken>(&[("LOOP_TOKEN_KEYS", RING)]), Ok(vec![7]));
        let both = [("LOOP_SESSION_KEYS", &*derived), ("LOOP_TOKEN_KEYS", "nonsense")];
        assert_eq!(read::<SessionToken>(&both), Ok(vec![7]));
        assert_eq!(
            [read::<CallToken>(&[]), read::<SessionToken>(&[]), read::<ParticipantToken>(&[])],
            ["CALL_URL", "SESSION", "PARTICIPANT"]
                .map(|purpose| Err(format!("settings: LOOP_{purpose}_KEYS is missing")))
        );
        let fault = read::<SessionToken>(&[("LOOP_TOKEN_KEYS", "7:AAEC")]).unwrap_err();
        assert!(fault.starts_with("settings: LOOP_TOKEN_KEYS: "), "{fault}");
    }

    #[test]
    fn keys_of_another_purpose_and_the_ring_itself_are_refused() {
        let ring: KeyRing = RING.parse().unwrap();
        let right = ring.derived_text::<CallToken>();
        for (wrong, expected) in [
            (ring.derived_text::<SessionToken>(), "`id:call-url:key`"),
            (ring.derived_text::<ParticipantToken>(), "`id:call-url:key`"),
            (RING.to_owned(), "`id:call-url:key`"),
            (right[..right.len() - 4].to_owned(), "key 7 must have 48 bytes"),
            (format!("{right}AAAA"), "key 7 must have 48 bytes"),
            (format!("{right}="), "key 7 is not base64url"),
            (format!("{right},{right}"), "key id 7 occurs twice"),
            (right.replacen('7', "256", 1), "0 to 255"),
        ] {
            let fault = read::<CallToken>(&[("LOOP_CALL_URL_KEYS", &wrong)]).unwrap_err();
            assert!(fault.contains(expected), "{fault}");
            assert!(!fault.contains(&right[11..20]) && !fault.contains("AAEC"), "{fault}");
        }
    }

    #[test]
    fn debug_shows_the_purpose_and_ids_only() {
        let ring: KeyRing = RING.parse().unwrap();
        assert_eq!(format!("{:?}", ring.keys::<SessionToken>()), "Keys(session [7])");
    }
}
