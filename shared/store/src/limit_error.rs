//! The error of a write that a limit may refuse.

use std::time::Duration;

use loop_core::UnavailableError;

/// The reason for which something was not stored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LimitError {
    /// As many of its kind are stored as may be.
    #[error("too many")]
    TooMany {
        /// The limit that is reached.
        limit: Limit,
        /// The time until there is room, if nothing else comes.
        retry_after: Duration,
    },
    /// It may nevertheless be stored.
    #[error(transparent)]
    Unavailable(#[from] UnavailableError),
}

/// A limit on how many of a kind are stored at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// The limit for one user.
    OfUser,
    /// The limit for one of the user's links.
    OfLink,
}
