//! What somebody may try instead of a token.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use http_load::Random;

use crate::Failure;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/// What stands in a path segment as it is.
const IN_PATHS: &[u8] = b"AZaz09-._~!$&'()*+,;=:@";
const LONGEST: usize = 400;

/// Makes junk that resembles real tokens, and junk that does not.
#[derive(Debug)]
pub(crate) struct JunkTokens {
    real: String,
    bytes: Vec<u8>,
    /// Real ones that are good for something else.
    others: Vec<String>,
}

impl JunkTokens {
    pub(crate) fn like(real: &str, others: &[String]) -> Result<Self, Failure> {
        let bytes = URL_SAFE_NO_PAD.decode(real)?;
        Ok(Self { real: real.to_owned(), bytes, others: others.to_vec() })
    }

    /// One that is no token, in a form in which it can stand in a path.
    pub(crate) fn next(&self, random: &mut Random) -> String {
        match random.below(8) {
            0 => URL_SAFE_NO_PAD.encode(random.bytes(self.bytes.len())),
            1 => self.bit_flipped(random),
            2 => self.character_replaced(random),
            3 => self.real[..1 + random.below(self.real.len() - 1)].to_owned(),
            4 => self.extended(random),
            5 => self.others[random.below(self.others.len())].clone(),
            6 => characters(IN_PATHS, 1 + random.below(LONGEST), random),
            _ => {
                let length = 1 + random.below(LONGEST / 3);
                let bytes = random.bytes(length).into_iter();
                bytes.map(|byte| format!("%{:02X}", in_segment(byte))).collect()
            }
        }
    }

    fn bit_flipped(&self, random: &mut Random) -> String {
        let mut bytes = self.bytes.clone();
        let position = random.below(bytes.len());
        bytes[position] ^= 1 << random.below(8);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Also where the character stands for bits that the bytes have not.
    fn character_replaced(&self, random: &mut Random) -> String {
        let position = random.below(self.real.len());
        let there = self.real.as_bytes()[position];
        let mut other = there;
        while other == there {
            other = ALPHABET[random.below(ALPHABET.len())];
        }
        let (before, after) = (&self.real[..position], &self.real[position + 1..]);
        format!("{before}{}{after}", char::from(other))
    }

    /// By a letter at least: marks alone are dropped, and lead to the link.
    fn extended(&self, random: &mut Random) -> String {
        let length = random.below(40);
        format!("{}A{}", self.real, characters(ALPHABET, length, random))
    }
}

/// A byte, but for the two that end a segment once the gateway has decoded the path: what is behind
/// them would be no token.
fn in_segment(byte: u8) -> u8 {
    if matches!(byte, b'/' | b'?') { byte + 1 } else { byte }
}

fn characters(of: &[u8], length: usize, random: &mut Random) -> String {
    (0..length).map(|_| char::from(of[random.below(of.len())])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn none_is_the_real_one_and_each_can_stand_in_a_path() {
        let real = "AQEAAAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAFhAN2rdWYRjbGi5yh19IP8EVE";
        let tokens = JunkTokens::like(real, &["AQEAZXt-AKCh".to_owned()]).unwrap();
        let mut random = Random::new(1, 1);
        for _ in 0..10_000 {
            let token = tokens.next(&mut random);
            assert_ne!(token, real);
            assert!(!token.is_empty());
            let allowed = |byte| ALPHABET.contains(&byte) || IN_PATHS.contains(&byte);
            assert!(token.bytes().all(|byte| byte == b'%' || allowed(byte)), "{token}");
            assert!(!token.contains("%2F") && !token.contains("%3F"), "{token}");
        }
    }
}
