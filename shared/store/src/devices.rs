//! The devices of a user.

mod entry;
mod places;
mod register;
mod unregister;

pub(crate) use entry::live_devices;
pub use register::Registrant;
