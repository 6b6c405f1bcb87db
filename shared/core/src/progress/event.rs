//! The events that can happen to a call, and the errors that refuse them.

use std::fmt;

use crate::progress::{ConnectionId, Role, TerminationReason};

/// Something that happens to a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A connection has proved that it may join on this side.
    Join(Role, ConnectionId),
    /// A connection has proved that its party, on this side, has joined before.
    Return {
        /// The side of the party.
        role: Role,
        /// The connection by which the party joined.
        joined_by: ConnectionId,
        /// The connection that it has now.
        connection: ConnectionId,
    },
    /// A device of the callee takes the call.
    Accept(ConnectionId),
    /// A party has media.
    MediaUp(ConnectionId),
    /// A party ends the call.
    Terminate(ConnectionId, TerminationReason),
    /// A connection is gone.
    Disconnected(ConnectionId),
    /// A deadline may have passed. An event that comes late, early or twice changes nothing.
    Deadline,
    /// The callee has revoked the link that the call came through. It ends a call that still rings.
    Revoked,
}

impl Event {
    /// Returns the connection whose event it is; a deadline and a revocation have none.
    pub(super) fn connection(&self) -> Option<&ConnectionId> {
        match self {
            Self::Join(_, connection)
            | Self::Return { connection, .. }
            | Self::Accept(connection)
            | Self::MediaUp(connection)
            | Self::Terminate(connection, _)
            | Self::Disconnected(connection) => Some(connection),
            Self::Deadline | Self::Revoked => None,
        }
    }
}

/// The reason why an event was refused. The event changed nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventError {
    /// The connection is no party of this call: it has not said hello, or it was dismissed.
    NotAParty,
    /// The event is not one that this role may send.
    WrongRole,
    /// The event does not fit the state of the call.
    WrongState,
    /// The reason is not one that this role may give.
    WrongReason,
    /// More devices than a user can have want to listen to the call.
    TooManyDevices,
    /// This side of the call has joined and returned too often.
    TooManyHellos,
}

impl fmt::Display for EventError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::NotAParty => "say hello first",
            Self::WrongRole => "not for this side of the call",
            Self::WrongState => "the call has not come that far, or is past it",
            Self::WrongReason => "not a reason that this side can give",
            Self::TooManyDevices => "too many devices",
            Self::TooManyHellos => "too many connections to this call",
        })
    }
}

impl std::error::Error for EventError {}
