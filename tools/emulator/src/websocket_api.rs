//! API Gateway's WebSocket API in front of the functions of the channel: connections become events,
//! and the functions reach connections by their ids.
//!
//! As on AWS, a message over 128 KiB or a frame over 32 KiB closes the connection (1009), as do a
//! binary frame (1003), ten silent minutes (1001) and an age of two hours (1001). On AWS,
//! invocations for one connection may run at the same time and overtake each other; here they run
//! one after the other, in the order in which the messages came, which makes logs easier to read.
//! No function may depend on that order.

mod address;
mod api;
mod connections;
mod event;
mod gateway;
mod management;
mod socket;

pub use address::{PATH, STAGE};
pub use api::{ChannelFunctions, FRAME_MAX_BYTES, MESSAGE_MAX_BYTES, Timeouts};
pub use gateway::ChannelGateway;
pub use management::{Description, Management, ManagementError, management_routes};
