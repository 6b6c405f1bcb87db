//! Reads what a client names when it registers or unregisters: `register` and `unregister` share it,
//! and waking a device needs nothing of it.

#![warn(missing_docs)]

mod target;

pub use target::{to_register, to_unregister};
