//! The kinds of signed tokens. Each has keys of its own, which keep one kind from passing as
//! another.

use crate::{CallToken, ParticipantToken, SessionToken, callee_mask::CalleeMask};

/// A kind of token that Loop signs: [`CallToken`], [`SessionToken`] or [`ParticipantToken`].
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

impl SignedToken for CallToken {}

impl sealed::Purpose for CallToken {
    const NAME: &'static str = "call-url";
    const SETTING: &'static str = "LOOP_CALL_URL_KEYS";
    const LABEL: &'static [u8] = b"loop call url v1";
    const MASK_LABEL: &'static [u8] = b"loop call url callee v2";
    const VERSION: u8 = 2;
    type Mask = CalleeMask;
}

impl SignedToken for SessionToken {}

impl sealed::Purpose for SessionToken {
    const NAME: &'static str = "session";
    const SETTING: &'static str = "LOOP_SESSION_KEYS";
    const LABEL: &'static [u8] = b"loop session v1";
    const MASK_LABEL: &'static [u8] = b"";
    const VERSION: u8 = 1;
    type Mask = ();
}

impl SignedToken for ParticipantToken {}

impl sealed::Purpose for ParticipantToken {
    const NAME: &'static str = "participant";
    const SETTING: &'static str = "LOOP_PARTICIPANT_KEYS";
    const LABEL: &'static [u8] = b"loop participant v1";
    const MASK_LABEL: &'static [u8] = b"loop participant callee v2";
    const VERSION: u8 = 2;
    type Mask = CalleeMask;
}
