//! The target that a client names when it registers or unregisters. `register` and
//! `unregister` share it; waking a device does not need it.

#![warn(missing_docs)]

mod target;

pub use target::{to_register, to_unregister};
