//! The call channel: the WebSocket connections over which the parties of a call learn how far it
//! has come, and exchange their signalling. `docs/call-channel.md` is the protocol; its rules are
//! in [`loop_core::progress`].
//!
//! A Lambda function has neither connections nor a running clock. So messages are posted through
//! the gateway ([`Connections`]), and a timeout is a deadline that is stored with the call, and for
//! which a delay queue delivers a timer ([`DelayQueue`]). [`Messages`] and [`Channel`] combine them; the latter's source
//! begins with a diagram of the whole.

#![warn(missing_docs)]

mod calls;
mod channel;
mod client_message;
mod connections;
mod delay_queue;
mod dispatch;
mod dispatch_error;
mod ice;
mod messages;
mod notify;
mod server_message;
mod timeouts;

pub use channel::Channel;
pub use client_message::{Action, ClientMessage, MESSAGE_MAX_BYTES, MessageError};
pub use connections::{Connections, Delivery};
pub use delay_queue::{DelayQueue, Timer};
pub use dispatch::MESSAGES_MAX;
pub use dispatch_error::DispatchError;
pub use ice::{IceServer, IceServers, TURN_CREDENTIAL_LIFETIME};
pub use messages::Messages;
pub use server_message::ServerMessage;
