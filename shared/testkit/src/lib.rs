//! The parts that tests share: small, fast stand-ins for the outside world on loopback. The
//! stand-ins for AWS itself are in `emulator`.
//!
//! | module | plays |
//! |---|---|
//! | [`dynamodb`] | DynamoDB: the embedded one, or another one that a variable names |
//! | [`wire`] | the network in front of DynamoDB: counts requests and loses them when told to |
//! | [`channel_peers`] | the peers of the call channel: the gateway's connections and the delay queue |
//! | [`push_receiver`] | a push service that responds as a test says |
//! | [`clock`] | time that stands still until a test moves it |
//! | [`keys`] | keys that are published |
//! | [`fixtures`] | the events in `events/`, and a device and a call that go with them |
//! | [`requests`] | a client of any of these |
//! | [`settings`] | the settings that a function asks for |
//! | [`runbook`] | the procedures of `docs/runbook.md`, and their commands |
//!
//! Every server listens on an ephemeral port of 127.0.0.1 and stops when it is dropped, so tests
//! run in parallel and leave nothing behind.

#![warn(missing_docs)]
#![allow(
    clippy::unwrap_used,
    reason = "this is test code: a panic with a message is its way to report"
)]

pub mod channel_peers;
pub mod clock;
pub mod dynamodb;
pub mod fixtures;
mod forward;
pub mod keys;
pub mod push_receiver;
pub mod requests;
pub mod runbook;
pub mod settings;
pub mod wire;

pub use channel_peers::{ChannelPeers, Heard};
pub use clock::ManualClock;
pub use dynamodb::TestDynamoDb;
pub use keys::{TEST_KEY_RING, TEST_VAPID_KEY, TEST_VAPID_PUBLIC_KEY};
pub use push_receiver::{Behaviour, PushReceiver, ReceivedPush};
pub use wire::{Consumed, Fault, Hold, WireRecorder};
