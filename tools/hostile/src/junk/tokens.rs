//! Junk that stands where a token should.

use std::{iter, ops::Range};

use base64::{DecodeError, Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use fastrand::Rng;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/// The characters that stand in a path segment as they are.
const IN_PATHS: &[u8] = b"AZaz09-._~!$&'()*+,;=:@";
const LONGEST: usize = 400;

/// A maker of junk that resembles real tokens, and of junk that does not.
#[derive(Debug)]
pub(crate) struct JunkTokens {
    real: String,
    bytes: Vec<u8>,
    /// Real tokens that are good for something else.
    others: [String; 2],
}

impl JunkTokens {
    /// Builds a maker of junk like a link's token.
    ///
    /// # Errors
    /// That is no base64.
    pub(crate) fn like(real: String, others: [String; 2]) -> Result<Self, DecodeError> {
        Ok(Self { bytes: URL_SAFE_NO_PAD.decode(&real)?, real, others })
    }

    /// Makes text that is no token, in a form in which it can stand in a path.
    pub(crate) fn next(&self, random: &mut Rng) -> String {
        match random.u8(..8) {
            0 => URL_SAFE_NO_PAD.encode(random_bytes(self.bytes.len(), random)),
            1 => self.bit_flipped(random),
            2 => self.character_replaced(random),
            3 => self.real[..random.usize(1..self.real.len())].to_owned(),
            // By a letter at least: marks alone are dropped, and lead to the link.
            4 => format!("{}A{}", self.real, characters(ALPHABET, 0..40, random)),
            5 => self.others[random.usize(..self.others.len())].clone(),
            6 => characters(IN_PATHS, 1..LONGEST, random),
            _ => {
                let bytes = random_bytes(random.usize(1..LONGEST / 3), random).into_iter();
                bytes.map(|byte| format!("%{:02X}", in_segment(byte))).collect()
            }
        }
    }

    fn bit_flipped(&self, random: &mut Rng) -> String {
        let mut bytes = self.bytes.clone();
        bytes[random.usize(..self.bytes.len())] ^= 1 << random.u8(..8);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Also where the character stands for bits that the bytes have not.
    fn character_replaced(&self, random: &mut Rng) -> String {
        let position = random.usize(..self.real.len());
        let (before, there, after) =
            (&self.real[..position], self.real.as_bytes()[position], &self.real[position + 1..]);
        let others: Vec<_> = ALPHABET.iter().copied().filter(|other| *other != there).collect();
        format!("{before}{}{after}", characters(&others, 1..2, random))
    }
}

/// Returns the byte, or its neighbour for the two that end a segment once the gateway has decoded
/// the path: what is behind them would be no token.
fn in_segment(byte: u8) -> u8 {
    if matches!(byte, b'/' | b'?') { byte + 1 } else { byte }
}

fn characters(of: &[u8], length: Range<usize>, random: &mut Rng) -> String {
    (0..random.usize(length)).map(|_| char::from(of[random.usize(..of.len())])).collect()
}

fn random_bytes(length: usize, random: &mut Rng) -> Vec<u8> {
    iter::repeat_with(|| random.u8(..)).take(length).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn none_is_the_real_one_and_each_can_stand_in_a_path() {
        let real = "AQEAAAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAFhAN2rdWYRjbGi5yh19IP8EVE";
        let other = || "AQEAZXt-AKCh".to_owned();
        let tokens = JunkTokens::like(real.to_owned(), [other(), other()]).unwrap();
        let mut random = Rng::with_seed(1);
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
