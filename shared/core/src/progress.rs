//! Call progress: what the two parties of a call are told while it rings, connects and ends.
//!
//! It follows the call progress protocol of Mozilla's Loop server
//! (<https://docs.services.mozilla.com/loop/apis.html>). These are all of its rules, as a pure
//! state machine without clock, sockets or storage: [`Progress::after`] returns the call after an
//! [`Event`], and [`Effects`]: which connections to notify of what, and which to close.
//!
//! ```text
//!  Init ─────────► Alerting ───────► Connecting ───────► HalfConnected ───────► Connected
//!    first Join      first Accept      first MediaUp       MediaUp of the other
//!    of a device     of a device       of a side           side
//!  └───────────────────────────────────────┬──────────────────────────────────────────┘
//!                 Terminate, Disconnected, Deadline, Revoked ─► Terminated
//! ```
//!
//! - A connection joins (`Join`), or takes the place of a former one of its party (`Return`); the
//!   response to either is the state. A step forward is notified to the caller and to the
//!   devices of the callee that are still parties. Other devices are dismissed by the `Accept`.
//! - Each wait has a deadline ([`Timeouts`]): until the other side comes (from the first `Join`),
//!   until an `Accept` (while it alerts), and until media on both sides (from the `Accept`).
//! - `Disconnected` of the caller cancels while it rings; that of a device does not. From the
//!   `Accept` on the party is away, and may come back by `Return` until the present deadline. Once
//!   `Connected`, the call goes on without the channel, and only when both are away there is a
//!   deadline again: their media may be well, but nobody can tell.
//! - `Revoked` ends a call that rings, and no other. At the end all parties are notified and
//!   closed; the caller does not learn of `Reject` and `Busy`, but of a `Timeout`.
//!
//! The store writes the result under the condition that the call is still the one that was read,
//! so every race has exactly one winner.

mod connection_id;
mod effects;
mod event;
mod hello;
mod party;
mod transition;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::UnixMillis;

pub use connection_id::ConnectionId;
pub use effects::{Effects, Notice, Presence};
pub use event::{Event, EventError};
use party::Party;

/// The state that a call has come to.
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
    /// One of the two browsers has media.
    HalfConnected,
    /// Both browsers have media.
    Connected,
    /// It is over; [`Progress::reason`] says why.
    Terminated,
}

/// The reason why a call is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TerminationReason {
    /// The callee declined.
    Reject,
    /// The callee is in another call.
    Busy,
    /// A deadline passed.
    Timeout,
    /// The caller gave up before a device accepted.
    Cancel,
    /// A party could not get or send media.
    MediaFail,
    /// A party hung up, or is gone.
    Closed,
    /// Another device of the callee has accepted. Only the others are told this.
    AnsweredElsewhere,
}

impl TerminationReason {
    /// Returns the reason as the other side may know it. A caller is told the same if the callee
    /// declined, is in another call or is not there, to keep it the callee's own business.
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
    /// The person who opened the call URL: one connection.
    Caller,
    /// The devices of the callee: several, of which one accepts.
    Callee,
}

impl Role {
    /// Returns `caller` or `callee`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Caller => "caller",
            Self::Callee => "callee",
        }
    }
}

/// The longest time of each wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// The wait from the arrival of one side at the channel, the caller or a device of the callee,
    /// to that of the other.
    pub supervisory: Duration,
    /// The wait from the first alerting device to an accept.
    pub ringing: Duration,
    /// The wait from the accept to media on both sides.
    pub connection: Duration,
    /// The wait of a connected call for one of its parties to come back, when both are away.
    pub absence: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            supervisory: Duration::from_secs(10),
            ringing: Duration::from_secs(30),
            connection: Duration::from_secs(10),
            absence: Duration::from_mins(2),
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
    caller: Option<Party>,
    /// Every alerting device while the call rings; afterwards the one that accepted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    callees: Vec<Party>,
    /// The number of times that the caller has joined or returned.
    #[serde(default, skip_serializing_if = "is_zero")]
    caller_hellos: u16,
    /// The number of times that a device of the callee has.
    #[serde(default, skip_serializing_if = "is_zero")]
    callee_hellos: u16,
    #[serde(default)]
    caller_has_media: bool,
    #[serde(default)]
    callee_has_media: bool,
    /// The moment at which the present wait ends in a timeout.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    deadline: Option<UnixMillis>,
}

impl Progress {
    /// Returns the state that the call has come to.
    pub fn state(&self) -> CallState {
        self.state
    }

    /// Returns the reason why it is over, if it is.
    pub fn reason(&self) -> Option<TerminationReason> {
        self.reason
    }

    /// Returns the reason why it is over, as a side may know it.
    pub fn reason_for(&self, role: Role) -> Option<TerminationReason> {
        self.reason.map(|reason| reason.told_to(role))
    }

    /// Returns the moment at which the present wait ends in a timeout.
    pub fn deadline(&self) -> Option<UnixMillis> {
        self.deadline
    }

    /// Returns whether the caller has come to the channel.
    pub fn has_caller(&self) -> bool {
        self.caller.is_some()
    }

    /// Returns whether the callee should still be asked: no device has accepted, and it is not
    /// over.
    pub fn is_ringing(&self) -> bool {
        matches!(self.state, CallState::Init | CallState::Alerting)
    }

    /// Returns the connection of the other party, to which the signalling of `connection` goes.
    /// `None` while it rings, and while the other party is away.
    pub fn peer(&self, connection: &ConnectionId) -> Option<&ConnectionId> {
        if self.is_ringing() || self.state == CallState::Terminated {
            return None;
        }
        let peer = match self.role(connection)? {
            Role::Caller => self.callees.first(),
            Role::Callee => self.caller.as_ref(),
        };
        peer?.connection()
    }

    /// Returns the role of a connection; `None` if it has not said hello, or is no longer a party.
    pub fn role(&self, connection: &ConnectionId) -> Option<Role> {
        self.party(connection).map(|(role, _)| role)
    }

    /// Returns the connection by which the party joined that is here by `connection`. By its name
    /// the party is known for the rest of the call.
    pub fn joined_by(&self, connection: &ConnectionId) -> Option<&ConnectionId> {
        self.party(connection).map(|(_, party)| party.joined_by())
    }

    fn party(&self, connection: &ConnectionId) -> Option<(Role, &Party)> {
        let caller = self.caller.iter().map(|caller| (Role::Caller, caller));
        let callees = self.callees.iter().map(|callee| (Role::Callee, callee));
        caller.chain(callees).find(|(_, party)| party.is_here_by(connection))
    }
}

fn is_zero(number: &u16) -> bool {
    *number == 0
}
