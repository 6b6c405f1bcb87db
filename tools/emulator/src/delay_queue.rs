//! SQS between the channel's functions and the one that ends waits: a message waits as long as it
//! was told to, then it becomes an event.

mod event;
mod message;
mod protocol;
mod queue;

pub use message::Message;
pub use protocol::{PATH, SendMessages, queue_routes};
pub use queue::{DelayQueue, TRIES};
