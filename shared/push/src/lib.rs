//! Waking a device: which URLs may be called at all, and the two protocols that push services
//! speak, SimplePush and Web Push.
//!
//! A push URL comes from the client, and we call it from inside our network: without a guard it
//! would be a way to make us talk to anything. So there are two locks. [`PushUrl`] is proof that a
//! URL names a host that the operator allows; [`GuardedResolver`] then connects only to public
//! addresses, no matter what the name resolves to then.

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
pub use push_url::PushUrl;
pub use pusher::Pusher;
pub use resolver::{GuardedResolver, Lookup, SystemLookup};
pub use vapid::VapidKey;
