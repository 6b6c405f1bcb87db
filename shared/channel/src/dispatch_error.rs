//! The errors that clients are sent.

use std::fmt;

use loop_core::{UnavailableError, progress::EventError};
use loop_store::AdvanceError;

use crate::MessageError;

/// An error for the client that has sent a message. The message has changed nothing.
/// `docs/call-channel.md` has the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DispatchError {
    /// The message cannot be read.
    Message(MessageError),
    /// The message came before hello.
    BeforeHello,
    /// The token is not valid, has expired, belongs to a call that is gone, or belongs to another
    /// call than the connection does. The client does not learn which.
    NotAdmitted,
    /// The rules of call progress refuse the event.
    Refused(EventError),
    /// The message is signalling, and the parties are not connecting yet, or the other one is away.
    NoPeer,
    /// The connection has sent more messages than any call needs.
    TooManyMessages,
    /// The table is not available, or the gateway for signalling.
    Unavailable(UnavailableError),
}

impl DispatchError {
    /// Returns the number of the error.
    pub fn errno(&self) -> u16 {
        match self {
            Self::Message(error) => error.errno(),
            Self::BeforeHello | Self::NotAdmitted | Self::Refused(EventError::NotAParty) => 110,
            Self::Refused(EventError::TooManyDevices | EventError::TooManyHellos)
            | Self::TooManyMessages => 117,
            Self::Refused(
                EventError::WrongRole | EventError::WrongState | EventError::WrongReason,
            )
            | Self::NoPeer => 107,
            Self::Unavailable(_) => 201,
        }
    }

    /// Returns whether the error closes the connection.
    pub fn closes(&self) -> bool {
        matches!(self.errno(), 110 | 113 | 117)
    }
}

impl fmt::Display for DispatchError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message(error) => error.fmt(formatter),
            Self::BeforeHello => formatter.write_str("say hello first"),
            Self::NotAdmitted => formatter.write_str("not a valid token for this call"),
            Self::Refused(refusal) => refusal.fmt(formatter),
            Self::NoPeer => formatter.write_str("there is nobody to signal to now"),
            Self::TooManyMessages => formatter.write_str("too many messages"),
            Self::Unavailable(_) => formatter.write_str("temporarily not available: try again"),
        }
    }
}

impl std::error::Error for DispatchError {}

impl From<MessageError> for DispatchError {
    fn from(error: MessageError) -> Self {
        Self::Message(error)
    }
}

impl From<UnavailableError> for DispatchError {
    fn from(unavailable: UnavailableError) -> Self {
        Self::Unavailable(unavailable)
    }
}

impl From<AdvanceError> for DispatchError {
    fn from(error: AdvanceError) -> Self {
        match error {
            AdvanceError::Refused(refusal) => Self::Refused(refusal),
            AdvanceError::Gone => Self::NotAdmitted,
            AdvanceError::Unavailable(unavailable) => Self::Unavailable(unavailable),
        }
    }
}
