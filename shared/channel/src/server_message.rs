//! The messages that the server sends.

use std::fmt;

use loop_core::progress::{CallState, Presence, Role, TerminationReason};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::{DispatchError, IceServer};

/// A message to a client. `Debug` hides signalling and credentials.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerMessage<'a> {
    /// The reply to hello.
    Hello {
        /// The side of the call that the client is on.
        role: Role,
        /// The state of the call.
        state: CallState,
        /// The reason of the end, when the call is over.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<TerminationReason>,
        /// The value for `RTCConfiguration.iceServers`.
        ice_servers: Vec<IceServer>,
        /// The token by which the client comes back over another connection, which takes the place
        /// of the one that it has said hello with. There is none when the call is over for it.
        #[serde(skip_serializing_if = "Option::is_none")]
        session_token: Option<String>,
    },
    /// A new state of the call.
    Progress {
        /// The new state of the call.
        state: CallState,
        /// The reason of the end, when the call is over.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<TerminationReason>,
        /// The value for `RTCConfiguration.iceServers` from the accept on, where there are servers
        /// that relay.
        #[serde(skip_serializing_if = "Option::is_none")]
        ice_servers: Option<Vec<IceServer>>,
    },
    /// The other party is away from the channel, or is back.
    Peer {
        /// Whether signalling reaches it.
        state: Presence,
    },
    /// Signalling from the other party.
    Signal {
        /// The data as the other party has sent it.
        data: &'a RawValue,
    },
    /// The reply to ping.
    Pong,
    /// An error; the client's message has changed nothing.
    Error {
        /// The number of the error.
        errno: u16,
        /// The description of the error, for people.
        message: String,
    },
}

impl ServerMessage<'_> {
    /// Returns the message as JSON text.
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).expect("messages are structs with text keys")
    }
}

impl fmt::Debug for ServerMessage<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hello { role, state, .. } => {
                write!(formatter, "ServerMessage(hello {role:?} {state:?})")
            }
            Self::Progress { state, .. } => write!(formatter, "ServerMessage(progress {state:?})"),
            Self::Peer { state } => write!(formatter, "ServerMessage(peer {state:?})"),
            Self::Signal { .. } => formatter.write_str("ServerMessage(signal)"),
            Self::Pong => formatter.write_str("ServerMessage(pong)"),
            Self::Error { errno, .. } => write!(formatter, "ServerMessage(error {errno})"),
        }
    }
}

impl From<&DispatchError> for ServerMessage<'_> {
    fn from(error: &DispatchError) -> Self {
        Self::Error { errno: error.errno(), message: error.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_is_as_documented() {
        let raw = RawValue::from_string(r#"{"a": 1.0}"#.to_owned()).unwrap();
        let (state, role) = (CallState::HalfConnected, Role::Caller);
        for (message, text) in [
            (
                ServerMessage::Hello {
                    role,
                    state,
                    reason: None,
                    ice_servers: Vec::new(),
                    session_token: Some("t".to_owned()),
                },
                r#"{"type":"hello","role":"caller","state":"half-connected","ice_servers":[],"session_token":"t"}"#,
            ),
            (
                ServerMessage::Hello {
                    role: Role::Callee,
                    state: CallState::Terminated,
                    reason: Some(TerminationReason::AnsweredElsewhere),
                    ice_servers: Vec::new(),
                    session_token: None,
                },
                r#"{"type":"hello","role":"callee","state":"terminated","reason":"answered-elsewhere","ice_servers":[]}"#,
            ),
            (
                ServerMessage::Progress { state: CallState::Init, reason: None, ice_servers: None },
                r#"{"type":"progress","state":"init"}"#,
            ),
            (ServerMessage::Peer { state: Presence::Away }, r#"{"type":"peer","state":"away"}"#),
            (ServerMessage::Signal { data: &raw }, r#"{"type":"signal","data":{"a": 1.0}}"#),
            (ServerMessage::Pong, r#"{"type":"pong"}"#),
            (
                ServerMessage::from(&DispatchError::NoPeer),
                r#"{"type":"error","errno":107,"message":"there is nobody to signal to now"}"#,
            ),
        ] {
            assert_eq!(message.to_text(), text);
        }
    }
}
