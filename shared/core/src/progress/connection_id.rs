//! The names of connections.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The gateway's name for one connection to the channel.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConnectionId(String);

impl ConnectionId {
    /// The longest name that is accepted from a gateway. API Gateway's have 16 characters.
    pub const MAX_BYTES: usize = 128;

    /// Returns the connection that the gateway calls `name`.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// Returns the connection's name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ConnectionId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ConnectionId({})", self.0)
    }
}
