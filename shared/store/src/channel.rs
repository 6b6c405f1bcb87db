//! Calls as the call channel sees them: how far they have come.

mod advance;
mod call;
mod revoked;

pub use advance::{AdvanceError, Advanced};
pub use call::ChannelCall;
