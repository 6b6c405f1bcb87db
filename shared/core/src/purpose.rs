//! The kinds of signed tokens. Each has keys of its own, which keep one kind from passing as
//! another.

use crate::callee_mask::CalleeMask;

/// A kind of token that Loop signs: [`CallToken`](crate::CallToken),
/// [`SessionToken`](crate::SessionToken) or [`ParticipantToken`](crate::ParticipantToken).
pub trait SignedToken: sealed::Purpose {}

pub(crate) mod sealed {
    use super::CalleeMask;

    /// What differs between the kinds of token.
    pub trait Purpose: Sized + 'static {
        /// The name of the purpose in a ring of derived keys.
        const NAME: &'static str;
        /// The setting that holds the ring of derived keys.
        const SETTING: &'static str;
        /// The `info` of HKDF for the key that signs.
        const LABEL: &'static [u8];
        /// The `info` of HKDF for the key that hides the callee.
        const MASK_LABEL: &'static [u8];
        /// The format that tokens are made in. Tokens of earlier formats are in people's hands, and
        /// are accepted until they expire.
        const VERSION: u8;
        /// The key that hides the callee, where one is hidden.
        type Mask: MaskKey;
    }

    /// A key that hides the callee, or none.
    pub trait MaskKey: Clone {
        /// The number of its bytes.
        const LENGTH: usize;

        /// Makes the key of as many bytes.
        fn of_bytes(bytes: &[u8]) -> Option<Self>;
    }

    impl MaskKey for () {
        const LENGTH: usize = 0;

        fn of_bytes(bytes: &[u8]) -> Option<Self> {
            bytes.is_empty().then_some(())
        }
    }

    impl MaskKey for CalleeMask {
        const LENGTH: usize = Self::LENGTH;

        fn of_bytes(bytes: &[u8]) -> Option<Self> {
            Self::of_bytes(bytes)
        }
    }
}
