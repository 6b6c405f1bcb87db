//! Call progress: what the two parties of a call are told while it rings, connects and ends.
//!
//! After the call progress protocol of Mozilla's Loop server
//! (<https://docs.services.mozilla.com/loop/apis.html>). This is the whole of its rules, without
//! time running, sockets or storage: [`Progress::after`] says what an event makes of a call, and
//! whom to tell. Whoever stores the result does so under the condition that the call is still the
//! one that was read; then every race has exactly one winner.

mod effects;
mod event;
mod transition;

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

use crate::UnixMillis;

pub use effects::{Effects, Notice};
pub use event::{Event, EventError};

/// How far a call has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CallState {
    /// It is placed. No device of the callee has come to the channel yet.
    #[default]
    Init,
    /// A device of the callee alerts.
    Alerting,
    /// A device of the callee has accepted. The two browsers are connecting.
    Connecting,
    /// One of the two has media.
    HalfConnected,
    /// Both have media.
    Connected,
    /// It is over; [`Progress::reason`] says why.
    Terminated,
}

/// Why a call is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TerminationReason {
    /// The callee declined.
    Reject,
    /// The callee is in another call.
    Busy,
    /// A deadline passed.
    Timeout,
    /// The caller gave up before anybody accepted.
    Cancel,
    /// A party could not get or send media.
    MediaFail,
    /// A party hung up, or is gone.
    Closed,
    /// Another device of the callee has accepted. Only the others are told this.
    AnsweredElsewhere,
}

impl TerminationReason {
    /// The reason as the other side may know it. Whether the callee declined, is in another call
    /// or is not there is the callee's own business: the caller is told the same of all three.
    pub fn told_to(self, role: Role) -> Self {
        match (role, self) {
            (Role::Caller, Self::Reject | Self::Busy) => Self::Timeout,
            _ => self,
        }
    }
}

/// A side of the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Whoever opened the call URL: one connection.
    Caller,
    /// A device of the callee: several, of which one accepts.
    Callee,
}

impl Role {
    /// `caller` or `callee`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Caller => "caller",
            Self::Callee => "callee",
        }
    }
}

/// The gateway's name for one connection to the channel.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConnectionId(String);

/// How long each wait may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// From the arrival of one side at the channel, the caller or a device of the callee, to that
    /// of the other.
    pub supervisory: Duration,
    /// From the first alerting device to an accept.
    pub ringing: Duration,
    /// From the accept to media on both sides.
    pub connection: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            supervisory: Duration::from_secs(10),
            ringing: Duration::from_secs(30),
            connection: Duration::from_secs(10),
        }
    }
}

/// The progress of one call, as it is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    state: CallState,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<TerminationReason>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    caller: Option<ConnectionId>,
    /// While the call rings, every alerting device; afterwards the one that accepted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    callees: Vec<ConnectionId>,
    #[serde(default)]
    caller_has_media: bool,
    #[serde(default)]
    callee_has_media: bool,
    /// When the present wait ends in a timeout.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    deadline: Option<UnixMillis>,
}

impl Progress {
    /// How far the call has come.
    pub fn state(&self) -> CallState {
        self.state
    }

    /// Why it is over, if it is.
    pub fn reason(&self) -> Option<TerminationReason> {
        self.reason
    }

    /// Why it is over, as a side may know it.
    pub fn reason_for(&self, role: Role) -> Option<TerminationReason> {
        self.reason.map(|reason| reason.told_to(role))
    }

    /// When the present wait ends in a timeout.
    pub fn deadline(&self) -> Option<UnixMillis> {
        self.deadline
    }

    /// Whether the caller is on the channel.
    pub fn has_caller(&self) -> bool {
        self.caller.is_some()
    }

    /// Whether the callee should still be asked: nobody has accepted, and it is not over.
    pub fn is_ringing(&self) -> bool {
        matches!(self.state, CallState::Init | CallState::Alerting)
    }

    /// The other party of `connection`, once the two are to connect: where its signalling goes.
    pub fn peer(&self, connection: &ConnectionId) -> Option<&ConnectionId> {
        if self.is_ringing() || self.state == CallState::Terminated {
            return None;
        }
        match self.role(connection)? {
            Role::Caller => self.callees.first(),
            Role::Callee => self.caller.as_ref(),
        }
    }

    /// Whose connection it is; `None` for one that has not said hello, or is no longer a party.
    pub fn role(&self, connection: &ConnectionId) -> Option<Role> {
        if self.caller.as_ref() == Some(connection) {
            Some(Role::Caller)
        } else if self.callees.contains(connection) {
            Some(Role::Callee)
        } else {
            None
        }
    }
}

impl ConnectionId {
    /// A connection that the gateway calls `name`.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// Its name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ConnectionId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ConnectionId({})", self.0)
    }
}
