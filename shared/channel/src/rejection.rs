//! Why a message was refused.

use std::fmt;

use loop_core::{UnavailableError, progress::EventError};
use loop_store::AdvanceError;

use crate::MessageError;

/// Why a message was refused. It has changed nothing, and only the sender is told.
/// `docs/call-channel.md` has the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// It cannot be read.
    Message(MessageError),
    /// It came before hello.
    BeforeHello,
    /// The token is not valid, has expired, or is of a call that is gone or another one than that
    /// of the connection: one answer for all.
    NotAdmitted,
    /// The rules of the call refuse it.
    Refused(EventError),
    /// Signalling, and the two parties are not to connect.
    NoPeer,
    /// More messages than any call needs.
    TooManyMessages,
    /// The table is not available, or the gateway when it was to relay.
    Unavailable(UnavailableError),
}

impl Rejection {
    /// The number of the error.
    pub fn errno(&self) -> u16 {
        match self {
            Self::Message(error) => error.errno(),
            Self::BeforeHello | Self::NotAdmitted | Self::Refused(EventError::NotAParty) => 110,
            Self::Refused(EventError::TooManyDevices) | Self::TooManyMessages => 117,
            Self::Refused(
                EventError::WrongRole | EventError::WrongState | EventError::WrongReason,
            )
            | Self::NoPeer => 107,
            Self::Unavailable(_) => 201,
        }
    }

    /// Whether the connection is closed.
    pub fn closes(&self) -> bool {
        matches!(self.errno(), 110 | 113 | 117)
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message(error) => error.fmt(formatter),
            Self::BeforeHello => formatter.write_str("say hello first"),
            Self::NotAdmitted => formatter.write_str("not a valid token for this call"),
            Self::Refused(refusal) => refusal.fmt(formatter),
            Self::NoPeer => formatter.write_str("there is nobody to signal to yet"),
            Self::TooManyMessages => formatter.write_str("too many messages"),
            Self::Unavailable(_) => formatter.write_str("temporarily not available: try again"),
        }
    }
}

impl std::error::Error for Rejection {}

impl From<MessageError> for Rejection {
    fn from(error: MessageError) -> Self {
        Self::Message(error)
    }
}

impl From<UnavailableError> for Rejection {
    fn from(unavailable: UnavailableError) -> Self {
        Self::Unavailable(unavailable)
    }
}

impl From<AdvanceError> for Rejection {
    fn from(error: AdvanceError) -> Self {
        match error {
            AdvanceError::Refused(refusal) => Self::Refused(refusal),
            AdvanceError::Gone => Self::NotAdmitted,
            AdvanceError::Unavailable(unavailable) => Self::Unavailable(unavailable),
        }
    }
}
