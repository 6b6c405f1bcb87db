//! The notices that an event sends and the connections that it closes, besides the new state.

use serde::Serialize;

use crate::progress::{CallState, ConnectionId, TerminationReason};

/// A message to one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The response to its own hello, by which it joins or returns.
    Hello(CallState, Option<TerminationReason>),
    /// The call has come further.
    Progress(CallState, Option<TerminationReason>),
    /// The other party is away from the channel, or is back.
    Peer(Presence),
}

/// Whether a party is on the channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Presence {
    /// Signalling reaches it.
    Here,
    /// It has no connection to the channel now. It may come back.
    Away,
}

/// The connections to notify, and those to close after that.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    /// The notices, in the order in which they are to be sent.
    pub notices: Vec<(ConnectionId, Notice)>,
    /// The connections that do not belong to the call any more. Each has been told why, except a
    /// former one of a party that has come with another.
    pub closes: Vec<ConnectionId>,
}

impl Effects {
    pub(super) fn notify(&mut self, connection: &ConnectionId, notice: Notice) {
        self.notices.push((connection.clone(), notice));
    }

    /// Notifies a connection that the call is over for it, and closes it.
    pub(super) fn dismiss(&mut self, connection: &ConnectionId, reason: TerminationReason) {
        self.notify(connection, Notice::Progress(CallState::Terminated, Some(reason)));
        self.closes.push(connection.clone());
    }
}
