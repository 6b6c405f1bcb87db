//! The rules of Loop, without I/O: the claims of a call URL, who may open it and until when, and
//! how many calls may ring at once.
//!
//! Time, randomness and configuration come in as values, so everything here can be tested
//! exactly, and none of it knows of HTTP, AWS or async.

#![warn(missing_docs)]

mod accepted_secrets;
mod call;
mod call_history;
mod call_url;
mod callee_mask;
mod clock;
mod device;
mod id;
mod idempotency_key;
pub mod jwt;
mod key_ring;
mod keys;
pub mod limits;
mod log_fields;
mod metrics;
mod participant;
pub mod progress;
mod purpose;
pub mod random;
mod reason;
mod revoked_urls;
mod secret;
mod session;
pub mod setting;
mod settings;
mod text;
mod time;
mod token;
mod trace;
mod unavailable;
mod valid_duration;

pub use accepted_secrets::AcceptedSecrets;
pub use call::{
    Call, CallSlot, CallType, CallVersion, ParticipantToken, PendingCall, ProviderSession,
};
pub use call_history::CallHistory;
pub use call_url::{CallToken, CallUrlClaims, NewCallUrl, PeekedCallUrl, VerifiedCallUrl};
pub use clock::Clock;
pub use device::{Device, PushKind, PushTarget};
pub use id::{CallId, DeviceId, IdError, UrlId, UserId};
pub use idempotency_key::IdempotencyKey;
pub use key_ring::KeyRing;
pub use keys::Keys;
pub use log_fields::LogFields;
pub use metrics::{Counters, Metric, MetricNamespace, Metrics, PingResult, PushService};
pub use participant::{Admission, Participant};
pub use purpose::SignedToken;
pub use reason::Reason;
pub use revoked_urls::RevokedUrls;
pub use secret::Secret;
pub use session::{PeekedSession, Session, SessionToken};
pub use settings::{Settings, SettingsError, UnknownSettings};
pub use text::{CalleeName, RemoteId};
pub use time::{UnixMillis, UnixSeconds};
pub use token::{TokenError, TokenHeader};
pub use trace::TraceId;
pub use unavailable::UnavailableError;
pub use valid_duration::ValidDuration;
