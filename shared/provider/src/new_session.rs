//! A session as a provider makes it, and the validity of its tokens.

use loop_core::{ParticipantToken, ProviderSession, UnixSeconds};

/// A session in which the two participants of one call meet, with the tokens that let them in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSession {
    /// The session, which belongs to this call alone.
    pub session: ProviderSession,
    /// The token that lets the caller in.
    pub caller_token: ParticipantToken,
    /// The token that lets the callee in, as another participant than the caller.
    pub callee_token: ParticipantToken,
}

/// The time in which a participant token lets its holder connect.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Validity {
    pub(crate) from: UnixSeconds,
    pub(crate) until: UnixSeconds,
}
