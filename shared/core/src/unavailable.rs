//! The error of a service or source that Loop needs and that is not available.

use std::{borrow::Cow, fmt};

/// The error of a table, a provider or a random source that is not available. A write whose
/// response was lost may have taken effect all the same, so every write can be repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnavailableError {
    cause: Cow<'static, str>,
}

impl UnavailableError {
    /// Returns the error. `cause` is for the operator's log: an operation and how it failed,
    /// without keys, URLs or data.
    pub fn new(cause: impl Into<Cow<'static, str>>) -> Self {
        Self { cause: cause.into() }
    }

    /// Returns the cause, for the operator's log, never for a client.
    pub fn cause(&self) -> &str {
        &self.cause
    }

    /// Returns the cause itself.
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
