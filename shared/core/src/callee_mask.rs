//! The mask of the callee in the tokens that callers are handed: without a key, a caller can't see
//! that two links, or the calls through them, are for the same callee.

use std::sync::Arc;

use ring::aead::quic::{AES_128, HeaderProtectionKey};

use crate::UserId;

/// A key that signs nothing: its holder can tell callees apart, but can't forge a token.
#[derive(Clone)]
pub struct CalleeMask(Arc<HeaderProtectionKey>);

/// The value that the mask of one token depends on: no two callees may have the same one under one
/// key. It is a block of AES, less the byte that counts.
pub(crate) type MaskNonce = [u8; 15];

/// The bytes that are given out of each block.
const BLOCK_PART: usize = 5;

impl CalleeMask {
    /// The number of bytes of the key.
    pub(crate) const LENGTH: usize = 16;

    /// Makes the key of 16 bytes.
    pub(crate) fn of_bytes(bytes: &[u8]) -> Option<Self> {
        HeaderProtectionKey::new(&AES_128, bytes).ok().map(|key| Self(Arc::new(key)))
    }

    /// Returns the callee in the form that stands in the token.
    pub(crate) fn mask(&self, nonce: MaskNonce, callee: UserId) -> [u8; UserId::LENGTH] {
        self.with_keystream(nonce, *callee.as_bytes())
    }

    /// Reverses [`CalleeMask::mask`].
    pub(crate) fn unmask(&self, nonce: MaskNonce, masked: [u8; UserId::LENGTH]) -> UserId {
        UserId::from_bytes(self.with_keystream(nonce, masked))
    }

    /// Combines `bytes` with AES-128 of the nonce and a counter; doing so twice gives `bytes`
    /// again. `ring` has AES without a mode only as the header protection of QUIC (RFC 9001,
    /// section 5.4.3), which gives out five bytes of a block. AES-GCM would do as well, but it
    /// makes functions that have no other use for it larger by 30 kB, for a tag that is needless
    /// beside the token's own.
    fn with_keystream(
        &self,
        nonce: MaskNonce,
        bytes: [u8; UserId::LENGTH],
    ) -> [u8; UserId::LENGTH] {
        let mut keystream = [0; UserId::LENGTH.next_multiple_of(BLOCK_PART)];
        let mut block = [0; 16];
        block[..nonce.len()].copy_from_slice(&nonce);
        for part in keystream.as_chunks_mut::<BLOCK_PART>().0 {
            *part = self.0.new_mask(&block).expect("AES has blocks of 16 bytes");
            block[nonce.len()] += 1;
        }
        let [keystream @ .., _, _, _, _] = keystream;
        (u128::from_ne_bytes(bytes) ^ u128::from_ne_bytes(keystream)).to_ne_bytes()
    }
}
