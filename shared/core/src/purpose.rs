//! The purposes of signed tokens, which keep one kind of token from passing as another.

/// The purpose of a token. Each purpose has keys of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Calling the callee.
    CallUrl,
    /// Proving who the callee is.
    Session,
    /// Taking part in one call.
    Participant,
}

impl Purpose {
    /// Returns the `info` of HKDF.
    pub(crate) fn label(self) -> &'static [u8] {
        match self {
            Self::CallUrl => b"loop call url v1",
            Self::Session => b"loop session v1",
            Self::Participant => b"loop participant v1",
        }
    }

    /// Returns the format that tokens are made in. Tokens of earlier formats are in people's hands,
    /// and are accepted until they expire.
    pub(crate) fn version(self) -> u8 {
        match self {
            Self::CallUrl | Self::Participant => 2,
            Self::Session => 1,
        }
    }
}
