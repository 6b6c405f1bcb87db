//! Registrations, calls and the connections to the call channel in one DynamoDB table.
//!
//! Everything about one user lies in one partition, so placing a call needs one query and one
//! write. [`schema`] describes the items, and [`Store`] lists the operations.
//!
//! Two clients can do the same thing at the same time on different instances, and a request whose
//! response was lost may have taken effect. So every rule (20 devices, 20 calls, one version per
//! call) is a condition in a single write, and every write can be repeated.

#![warn(missing_docs)]

mod bindings;
mod calls;
mod channel;
mod client;
mod container;
mod counting;
mod devices;
mod item;
mod limit_error;
mod revocations;
pub mod schema;
mod settings;
mod store;
mod unavailable;
mod write;
mod write_token;

pub use bindings::Binding;
pub use calls::{CalleeState, Earlier, PlaceError, PlacedCall};
pub use channel::{AdvanceError, Advanced, ChannelCall};
pub use devices::Registrant;
pub use limit_error::{Limit, LimitError};
pub use store::Store;
