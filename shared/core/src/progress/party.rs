//! A party of a call, which may change its connection.

use serde::{Deserialize, Serialize};

use super::connection_id::ConnectionId;

/// The caller, or a device of the callee.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Party {
    /// The connection by which it joined the call, and whose name it keeps.
    joined_by: ConnectionId,
    /// The connection that it has now; none while it is away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    connection: Option<ConnectionId>,
}

impl Party {
    /// Returns the party that joins by `connection`.
    pub(super) fn new(connection: &ConnectionId) -> Self {
        Self { joined_by: connection.clone(), connection: Some(connection.clone()) }
    }

    pub(super) fn joined_by(&self) -> &ConnectionId {
        &self.joined_by
    }

    pub(super) fn connection(&self) -> Option<&ConnectionId> {
        self.connection.as_ref()
    }

    pub(super) fn is_here_by(&self, connection: &ConnectionId) -> bool {
        self.connection.as_ref() == Some(connection)
    }

    pub(super) fn leaves(&mut self) {
        self.connection = None;
    }

    /// Gives the party another connection, and returns the former one if it had one.
    pub(super) fn returns(&mut self, connection: &ConnectionId) -> Option<ConnectionId> {
        self.connection.replace(connection.clone())
    }
}
