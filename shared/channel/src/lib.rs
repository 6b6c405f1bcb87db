//! The call channel: what comes over a WebSocket connection, what a call makes of it, and who is
//! told. `docs/call-channel.md` is the protocol; its rules are in [`loop_core::progress`].
//!
//! A Lambda function has neither connections nor a running clock. So connections are posted to
//! through the gateway ([`Connections`]), and a wait is a deadline that stands on the call, of
//! which a delay queue reminds us ([`Reminders`]). [`Channel`] puts them together.

#![warn(missing_docs)]

mod channel;
mod client_message;
mod connections;
mod ice;
mod notices;
mod rejection;
mod reminders;
mod server_message;

pub use channel::{Channel, MESSAGES_MAX};
pub use client_message::{Action, ClientMessage, MESSAGE_MAX_BYTES, MessageError};
pub use connections::{Connections, Delivery};
pub use ice::{IceServer, IceServers, TURN_CREDENTIAL_LIFETIME};
pub use rejection::Rejection;
pub use reminders::{Reminder, Reminders};
pub use server_message::ServerMessage;
