//! Junk in the place of tokens.

use std::ops::RangeInclusive;

use fastrand::Rng;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/// Characters that need no escape in a path segment.
const IN_PATHS: &[u8] = b"AZaz09-._~!$&'()*+,;=:@";
const LONGEST: usize = 400;

/// A maker of junk, some of which resembles real tokens.
#[derive(Debug)]
pub(crate) struct JunkTokens {
    /// The token of a link.
    pub(crate) real: String,
    /// Real tokens for other purposes.
    pub(crate) others: [String; 2],
}

impl JunkTokens {
    /// Makes a path segment that is no link's token.
    pub(crate) fn next(&self, random: &mut Rng) -> String {
        let Self { real, others } = self;
        let last = real.len() - 1;
        match random.u8(..8) {
            // The last character stays, since some of its bits are not part of the token.
            0 => characters(ALPHABET, last..=last, random) + &real[last..],
            1 => self.replaced(1 << random.u8(..6), random),
            2 => self.replaced(random.usize(1..ALPHABET.len()), random),
            3 => real[..random.usize(1..=last)].to_owned(),
            // At least one letter is added: the server removes punctuation, and finds the link.
            4 => format!("{real}A{}", characters(ALPHABET, 0..=39, random)),
            5 => others[random.usize(..others.len())].clone(),
            6 => characters(IN_PATHS, 1..=LONGEST, random),
            _ => {
                let length = random.usize(1..=LONGEST / 3);
                (0..length).map(|_| format!("%{:02X}", in_segment(random.u8(..)))).collect()
            }
        }
    }

    /// Flips these bits of the six that one character encodes.
    fn replaced(&self, bits: usize, random: &mut Rng) -> String {
        let position = random.usize(..self.real.len());
        let (before, after) = self.real.split_at(position);
        let value = ALPHABET.iter().position(|it| after.as_bytes().starts_with(&[*it]));
        let other = char::from(ALPHABET[value.unwrap_or_default() ^ bits]);
        format!("{before}{other}{}", &after[1..])
    }
}

/// Returns the byte, or its neighbour for `/` and `?`: the gateway decodes the path, in which these
/// two would end the segment.
fn in_segment(byte: u8) -> u8 {
    if matches!(byte, b'/' | b'?') { byte + 1 } else { byte }
}

fn characters(of: &[u8], length: RangeInclusive<usize>, random: &mut Rng) -> String {
    (0..random.usize(length)).map(|_| char::from(of[random.usize(..of.len())])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn none_is_the_real_one_and_each_can_stand_in_a_path() {
        let real = "AQEAAAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAFhAN2rdWYRjbGi5yh19IP8EVE";
        let others = ["AQEAZXt-AKCh".to_owned(), "x".to_owned()];
        let tokens = JunkTokens { real: real.to_owned(), others };
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
