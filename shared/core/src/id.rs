//! Identifiers: short byte strings, written as base64url without padding.

use std::{fmt, str::FromStr, time::Duration};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{digest, rand::SecureRandom};
use serde::{Deserialize, Serialize};

use crate::{UnavailableError, UnixSeconds, random};

/// The error of a text that is not the one spelling of an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdError;

impl fmt::Display for IdError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("not an id: base64url of the right length, without padding")
    }
}

impl std::error::Error for IdError {}

macro_rules! byte_id {
    ($(#[$doc:meta])* $name:ident, $length:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name([u8; $length]);

        impl $name {
            /// The length of the id, in bytes.
            pub const LENGTH: usize = $length;

            /// Returns the id with exactly these bytes.
            pub const fn from_bytes(bytes: [u8; $length]) -> Self {
                Self(bytes)
            }

            /// Returns the bytes of the id.
            pub const fn as_bytes(&self) -> &[u8; $length] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&URL_SAFE_NO_PAD.encode(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| IdError)?;
                bytes.try_into().map(Self).map_err(|_| IdError)
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<Self, IdError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
            }
        }
    };
}

macro_rules! random_id {
    ($name:ident) => {
        impl $name {
            /// Draws a new id that can't be guessed.
            ///
            /// # Errors
            /// The random source has failed.
            pub fn random(source: &dyn SecureRandom) -> Result<Self, UnavailableError> {
                random::bytes(source).map(Self)
            }
        }
    };
}

byte_id! {
    /// A user: random for an anonymous one, else an HMAC of the authenticated identity. It is the
    /// partition key of everything that is stored about the user.
    UserId, 16
}
random_id!(UserId);

byte_id! {
    /// The id by which a revocation names one call URL of a callee. Its first half says when the
    /// link was made, the other half is random.
    UrlId, 8
}

impl UrlId {
    /// The number of its bytes that are random.
    pub const RANDOM_LENGTH: usize = 4;

    /// Returns the id of a link that was made at this moment. Four bytes of seconds last 136 years;
    /// then they begin again.
    pub fn new(made_at: UnixSeconds, random: [u8; Self::RANDOM_LENGTH]) -> Self {
        let [.., a, b, c, d] = made_at.to_bytes();
        let [e, f, g, h] = random;
        Self([a, b, c, d, e, f, g, h])
    }

    /// Returns the moment at which the link was made: the last such moment that is not after
    /// `expires_at`, the expiry of the link.
    pub(crate) fn made_at(self, expires_at: UnixSeconds) -> UnixSeconds {
        let [a, b, c, d, ..] = self.0;
        let [.., w, x, y, z] = expires_at.to_bytes();
        let life = u32::from_be_bytes([w, x, y, z]).wrapping_sub(u32::from_be_bytes([a, b, c, d]));
        expires_at.before(Duration::from_secs(life.into()))
    }
}

byte_id! {
    /// One placed call. The id has 22 characters, so it fits the `Topic` header of Web Push, which
    /// holds at most 32 (RFC 8030, section 5.4).
    CallId, 16
}
random_id!(CallId);

byte_id! {
    /// One device of a user: a hash of its push URL, so registering the same URL again names the
    /// same device, and the id alone does not reveal the URL.
    DeviceId, 16
}

impl DeviceId {
    /// Returns the id of the device that is woken through `push_url`.
    pub fn of_push_url(push_url: &str) -> Self {
        let digest = digest::digest(&digest::SHA256, push_url.as_bytes());
        let mut bytes = [0; Self::LENGTH];
        bytes.copy_from_slice(&digest.as_ref()[..Self::LENGTH]);
        Self(bytes)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ring::rand::SystemRandom;

    use super::*;

    #[test]
    fn only_the_one_spelling_is_read() {
        let id = UrlId::from_bytes(*b"\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8");
        assert_eq!(id.to_string(), "__79_Pv6-fg");
        for wrong in
            ["", "__79_Pv6-fg=", "//79/Pv6+fg", "__79_Pv6-fh", "__79_Pv6-f", "__79_Pv6-fgA"]
        {
            assert_eq!(wrong.parse::<UrlId>(), Err(IdError), "{wrong:?}");
        }
    }

    #[test]
    fn random_ids_differ() {
        let source = SystemRandom::new();
        assert_ne!(CallId::random(&source).unwrap(), CallId::random(&source).unwrap());
    }

    #[test]
    fn a_device_is_named_by_its_push_url() {
        let device = DeviceId::of_push_url("https://push.example.org/a");
        assert_eq!(device, DeviceId::of_push_url("https://push.example.org/a"));
        assert_ne!(device, DeviceId::of_push_url("https://push.example.org/b"));
    }

    proptest! {
        #[test]
        fn every_id_is_read_back(bytes: [u8; 16]) {
            let id = CallId::from_bytes(bytes);
            prop_assert_eq!(id.to_string().len(), 22);
            prop_assert_eq!(id.to_string().parse(), Ok(id));
        }
    }
}
