//! A session as a provider makes it, and how long its tokens are valid.

use loop_core::{ParticipantToken, ProviderSession, UnixSeconds};

/// Where the two participants of one call meet, and what lets each of them in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSession {
    /// The session, which belongs to this call alone.
    pub session: ProviderSession,
    /// Lets the caller in.
    pub caller_token: ParticipantToken,
    /// Lets the callee in, as another participant than the caller.
    pub callee_token: ParticipantToken,
}

/// The time in which a participant token lets its holder connect.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Validity {
    pub(crate) from: UnixSeconds,
    pub(crate) until: UnixSeconds,
}
