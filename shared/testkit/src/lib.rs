//! What tests share: the outside world, small, fast and on loopback. AWS itself is in `emulator`.
//!
//! | module | plays |
//! |---|---|
//! | [`wire`] | the network in front of DynamoDB: counts requests and loses them when told to |
//! | [`channel_peers`] | what the call channel talks to: the gateway's connections and the delay queue |
//! | [`push_receiver`] | a push service that answers as a test says |
//! | [`clock`] | time that stands still until a test moves it |
//! | [`keys`] | a key ring that everybody may know |
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
pub mod keys;
pub mod push_receiver;
pub mod wire;

pub use channel_peers::{ChannelPeers, Heard};
pub use clock::ManualClock;
pub use keys::TEST_KEY_RING;
pub use push_receiver::{Behaviour, PushReceiver, ReceivedPush};
pub use wire::{Fault, Hold, WireRecorder};
