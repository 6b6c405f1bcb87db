//! Wakes devices: decides which URLs may be called, and speaks the two protocols of push services,
//! SimplePush and Web Push.
//!
//! A push URL comes from the client, and the service calls it from inside its own network: without
//! a guard, a client could send the service's requests to any host. There are two guards. A
//! [`PushUrl`] is proof that a URL names a host that the operator allows, and [`GuardedResolver`]
//! connects only to public addresses, no matter what the name resolves to at that time.

#![warn(missing_docs)]

mod outcome;
mod ping;
mod policy;
mod public_address;
mod push_url;
mod pusher;
mod request;
mod resolver;
mod vapid;

pub use outcome::Outcome;
pub use ping::Ping;
pub use policy::{BROWSER_PUSH_SERVICES, PushPolicy};
pub use public_address::is_public;
pub use push_url::{PushUrl, push_service};
pub use pusher::Pusher;
pub use resolver::{GuardedResolver, Lookup, SystemLookup};
pub use vapid::VapidKey;
