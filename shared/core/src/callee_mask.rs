//! Hides who is called in what callers are handed: without a key, nobody sees that two links, or
//! the calls through them, are for the same callee.

use ring::{
    aead::{AES_128_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hkdf::Prk,
};

use crate::UserId;

/// A key that signs nothing: who has it can tell callees apart, and forge no token.
#[derive(Clone)]
pub(crate) struct CalleeMask(LessSafeKey);

/// What the mask of one token depends on: no two callees may have the same one under one key.
pub(crate) type MaskNonce = [u8; NONCE_LEN];

impl CalleeMask {
    /// The key with this label.
    pub(crate) fn derive(pseudorandom_key: &Prk, label: &[u8]) -> Self {
        let label = [label];
        let key = pseudorandom_key
            .expand(&label, &AES_128_GCM)
            .expect("16 bytes are far below the bound of HKDF: 255 times 32");
        Self(LessSafeKey::new(UnboundKey::from(key)))
    }

    /// What stands in the token.
    pub(crate) fn mask(&self, nonce: MaskNonce, callee: UserId) -> [u8; UserId::LENGTH] {
        self.with_keystream(nonce, *callee.as_bytes())
    }

    /// The inverse of [`CalleeMask::mask`].
    pub(crate) fn unmask(&self, nonce: MaskNonce, masked: [u8; UserId::LENGTH]) -> UserId {
        UserId::from_bytes(self.with_keystream(nonce, masked))
    }

    /// AES-128 in counter mode, as AES-GCM has it (NIST SP 800-38D): the same both ways. The tag of
    /// GCM is dropped, since that of the token covers every byte of it, and only authentic tokens
    /// are unmasked.
    fn with_keystream(
        &self,
        nonce: MaskNonce,
        mut bytes: [u8; UserId::LENGTH],
    ) -> [u8; UserId::LENGTH] {
        let nonce = Nonce::assume_unique_for_key(nonce);
        let _ = self
            .0
            .seal_in_place_separate_tag(nonce, Aad::empty(), &mut bytes)
            .expect("16 bytes are far below the bound of AES-GCM");
        bytes
    }
}
