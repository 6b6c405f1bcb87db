//! Secrets of which a request has to bring one.

use subtle::{Choice, ConstantTimeEq};

use crate::{Reason, Secret, setting};

/// The secrets that are accepted. There is more than one only while one takes another's place.
#[derive(Clone, Debug)]
pub struct AcceptedSecrets(Vec<Secret>);

impl AcceptedSecrets {
    /// The shortest secret, in characters: in base64 more than 128 random bits.
    pub const MIN_CHARACTERS: usize = 32;

    /// Reads secrets that are separated by commas.
    ///
    /// # Errors
    /// One of them is too short, or has characters other than visible ASCII.
    pub fn parse(text: &str) -> Result<Self, Reason> {
        let secrets = setting::list(|entry| match entry.len() {
            ..Self::MIN_CHARACTERS => {
                Err(format!("each secret has at least {} characters", Self::MIN_CHARACTERS).into())
            }
            _ => setting::secret(entry),
        })(text)?;
        Ok(Self(secrets))
    }

    /// Returns whether `given` is one of the secrets. The time that this takes tells nothing about
    /// their characters, nor which one it was.
    pub fn accept(&self, given: &[u8]) -> bool {
        let accepted = self.0.iter().fold(Choice::from(0), |accepted, secret| {
            accepted | secret.expose().as_bytes().ct_eq(given)
        });
        accepted.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "0123456789abcdef0123456789abcdef";
    const OTHER: &str = "fedcba9876543210fedcba9876543210";

    #[test]
    fn each_of_several_secrets_is_accepted_and_nothing_else() {
        let both = AcceptedSecrets::parse(&format!("{ONE},{OTHER}")).unwrap();
        let one = AcceptedSecrets::parse(ONE).unwrap();
        assert!(both.accept(ONE.as_bytes()) && both.accept(OTHER.as_bytes()));
        assert!(one.accept(ONE.as_bytes()) && !one.accept(OTHER.as_bytes()));
        for wrong in ["", &ONE[1..], &ONE.to_uppercase(), &format!("{ONE},{OTHER}")] {
            assert!(!both.accept(wrong.as_bytes()), "{wrong}");
        }
    }

    #[test]
    fn a_short_or_strange_secret_is_refused_and_none_is_shown() {
        for wrong in [&ONE[1..], "", &format!("{ONE},"), &format!("{ONE} {OTHER}")] {
            let fault = AcceptedSecrets::parse(wrong).unwrap_err();
            assert!(!fault.contains("0123"), "{fault}");
        }
        let shown = format!("{:?}", AcceptedSecrets::parse(ONE).unwrap());
        assert!(!shown.contains("0123"), "{shown}");
    }
}
