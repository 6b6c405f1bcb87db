//! Something that Loop needs does not answer.

use std::{borrow::Cow, fmt};

/// The table or the provider is not available. A write whose answer was lost may have taken
/// effect all the same, so everything that is written can be written again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnavailableError {
    cause: Cow<'static, str>,
}

impl UnavailableError {
    /// `cause` is for the operator's log: an operation and how it failed; no keys, URLs or data.
    pub fn new(cause: impl Into<Cow<'static, str>>) -> Self {
        Self { cause: cause.into() }
    }

    /// For the operator's log, never for a client.
    pub fn cause(&self) -> &str {
        &self.cause
    }

    /// The cause itself.
    pub fn into_cause(self) -> Cow<'static, str> {
        self.cause
    }
}

impl fmt::Display for UnavailableError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.cause)
    }
}

impl std::error::Error for UnavailableError {}
