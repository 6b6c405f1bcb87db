//! The rules of Loop, without I/O: what a call URL says, who may open it, until when, and how
//! many calls may ring at once.
//!
//! Time, randomness and configuration come in as values, so everything here can be tested
//! exactly, and none of it knows of HTTP, AWS or async.

#![warn(missing_docs)]

pub mod call;
pub mod call_history;
pub mod call_url;
mod callee_mask;
mod clock;
pub mod device;
pub mod id;
pub mod idempotency_key;
pub mod jwt;
pub mod key_ring;
pub mod limits;
mod log_fields;
pub mod participant;
pub mod progress;
pub mod revoked_urls;
pub mod secret;
pub mod session;
pub mod setting;
pub mod settings;
pub mod text;
pub mod time;
mod token;
mod unavailable;

use std::borrow::Cow;

pub use call::{
    Call, CallSlot, CallType, CallVersion, ParticipantToken, PendingCall, ProviderSession,
};
pub use call_history::CallHistory;
pub use call_url::{CallToken, CallUrlClaims, NewCallUrl, PeekedCallUrl, VerifiedCallUrl};
pub use clock::Clock;
pub use device::{Device, PushKind};
pub use id::{CallId, DeviceId, UrlId, UserId};
pub use idempotency_key::IdempotencyKey;
pub use key_ring::KeyRing;
pub use limits::ValidDuration;
pub use log_fields::LogFields;
pub use participant::Participant;
pub use revoked_urls::RevokedUrls;
pub use secret::Secret;
pub use session::{Session, SessionToken};
pub use settings::Settings;
pub use text::{CalleeName, RemoteId};
pub use time::{UnixMillis, UnixSeconds};
pub use token::{TokenError, TokenHeader};
pub use unavailable::UnavailableError;

/// Why a value was refused, in words for the person who supplied it. Never repeats the value,
/// which may be a secret.
pub type Reason = Cow<'static, str>;
