//! Tokens as `docs/token.md` describes them, put together without the code under test. Only this
//! way can there be properly signed tokens that Loop itself would never make.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::hmac;

use crate::kind::{Kind, SECRET};

/// Signs `version`, `key_id` and `body` with the key for tokens of `kind`, derived from [`SECRET`].
pub(crate) fn seal(kind: Kind, version: u8, key_id: u8, body: &[u8]) -> String {
    let mut token = vec![version, key_id];
    token.extend_from_slice(body);
    let tag = hmac::sign(&hmac_key(&derive(SECRET, label(kind))), &token);
    token.extend_from_slice(&tag.as_ref()[..16]);
    URL_SAFE_NO_PAD.encode(token)
}

/// Returns the output of HKDF-SHA256 (RFC 5869) with an empty salt, spelled out for its one block.
pub(crate) fn derive(secret: &str, label: &[u8]) -> Vec<u8> {
    let secret = URL_SAFE_NO_PAD.decode(secret).unwrap();
    let pseudorandom_key = hmac::sign(&hmac_key(&[0; 32]), &secret);
    let first_block = [label, &[1]].concat();
    hmac::sign(&hmac_key(pseudorandom_key.as_ref()), &first_block).as_ref().to_vec()
}

pub(crate) fn label(kind: Kind) -> &'static [u8] {
    match kind {
        Kind::CallUrl => b"loop call url v1",
        Kind::Session => b"loop session v1",
        Kind::Participant => b"loop participant v1",
    }
}

fn hmac_key(bytes: &[u8]) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, bytes)
}

/// Returns the body of a right token of this kind.
pub(crate) fn right_body(kind: Kind) -> Vec<u8> {
    let token = URL_SAFE_NO_PAD.decode(kind.right_token()).unwrap();
    token[2..token.len() - 16].to_vec()
}
