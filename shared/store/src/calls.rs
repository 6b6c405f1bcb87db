//! Calls as the HTTP API sees them: placed, listed, and rung again.

mod callee;
mod item;
mod pending;
mod place;
mod placed;
mod ring_again;

pub use callee::CalleeState;
pub(crate) use item::{call_key, call_slot};
pub use placed::{Earlier, PlaceError, PlacedCall};
