//! Calls as those see them who place and list them.

mod callee;
mod item;
mod pending;
mod place;
mod placed;
mod ring_again;

pub use callee::CalleeState;
pub(crate) use item::{call_key, call_slot};
pub use placed::{Earlier, PlaceError, PlacedCall};
