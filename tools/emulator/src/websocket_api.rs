//! API Gateway's WebSocket API in front of the channel's functions: connections become events, and
//! the functions reach connections by name.
//!
//! As on AWS, a message over 128 KiB or a frame over 32 KiB closes the connection (1009), so does
//! a binary frame (1003), ten silent minutes (1001) and an age of two hours (1001). Unlike on AWS,
//! where invocations for one connection may run at the same time and overtake each other, they run
//! here one after the other, in the order in which the messages came: that makes logs easier to
//! read. Nothing may depend on it.

mod api;
mod connections;
mod event;
mod gateway;
mod management;
mod socket;

pub use api::{ChannelFunctions, FRAME_MAX_BYTES, MESSAGE_MAX_BYTES, PATH, STAGE, Timeouts};
pub use gateway::ChannelGateway;
pub use management::{Description, Management, ManagementError, management_routes};
