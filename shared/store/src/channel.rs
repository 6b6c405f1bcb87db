//! Calls as the call channel sees them: their progress, and the events that change it.

mod advance;
mod call;
mod revoked;

pub use advance::{AdvanceError, Advanced};
pub use call::ChannelCall;
