//! Tokens as `docs/token.md` describes them, put together without the code under test: no input of
//! a fuzzer ever has a right tag, so the code behind the tag is reached only by signing the input.

use std::sync::LazyLock;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::hmac;

/// The purpose of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Calling the callee.
    CallUrl,
    /// Proving who the callee is.
    Session,
    /// Taking part in one call.
    Participant,
}

/// The length of a tag in bytes.
const TAG_LENGTH: usize = 16;

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::CallUrl, Self::Session, Self::Participant];

    /// Returns the token that consists of `content`, which is version, key id and body, and of the
    /// tag that this secret gives it.
    pub fn seal(self, secret: &Secret, content: &[u8]) -> String {
        let tag = secret.tag(self, content);
        URL_SAFE_NO_PAD.encode([content, &tag].concat())
    }

    /// Returns whether one of these keys has signed `text` for this purpose.
    pub fn is_authentic(self, keys: &[(u8, &Secret)], text: &str) -> bool {
        let Ok(token) = URL_SAFE_NO_PAD.decode(text) else { return false };
        let Some((content, tag)) = token.split_last_chunk::<TAG_LENGTH>() else { return false };
        let [version, key_id, ..] = content else { return false };
        if !(1..=self.version()).contains(version) {
            return false;
        }
        let named = keys.iter().find(|(id, _)| id == key_id);
        named.is_some_and(|(_, secret)| secret.tag(self, content) == *tag)
    }

    /// Returns the version that Loop makes; those before it are still accepted.
    pub fn version(self) -> u8 {
        match self {
            Self::CallUrl | Self::Participant => 2,
            Self::Session => 1,
        }
    }

    fn label(self) -> &'static [u8] {
        match self {
            Self::CallUrl => b"loop call url v1",
            Self::Session => b"loop session v1",
            Self::Participant => b"loop participant v1",
        }
    }
}

/// A secret of a key ring, with the keys derived from it.
#[derive(Debug)]
pub struct Secret([hmac::Key; 3]);

/// The secret of the key ring of the tokens in `events/`.
pub static FIRST_SECRET: LazyLock<Secret> =
    LazyLock::new(|| Secret::new(&std::array::from_fn(|at| at as u8)));

/// A second secret.
pub static SECOND_SECRET: LazyLock<Secret> = LazyLock::new(|| Secret::new(&[7; 32]));

impl Secret {
    /// Derives the keys from a secret.
    pub fn new(secret: &[u8; 32]) -> Self {
        Self(Kind::ALL.map(|kind| derive(secret, kind)))
    }

    fn tag(&self, kind: Kind, content: &[u8]) -> [u8; TAG_LENGTH] {
        let tag = hmac::sign(&self.0[kind as usize], content);
        *tag.as_ref().first_chunk().expect("HMAC-SHA256 has 32 bytes")
    }
}

/// Derives a key by HKDF-SHA256 (RFC 5869) with an empty salt and one block of output.
fn derive(secret: &[u8], kind: Kind) -> hmac::Key {
    let pseudorandom_key = hmac::sign(&key(&[0; 32]), secret);
    let first_block = [kind.label(), &[1]].concat();
    key(hmac::sign(&key(pseudorandom_key.as_ref()), &first_block).as_ref())
}

fn key(bytes: &[u8]) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, bytes)
}
