//! SQS between the functions of the channel and the function that ends waits: a message waits for
//! its delay, then it becomes an event.

mod event;
mod message;
mod protocol;
mod queue;

pub use message::Message;
pub use protocol::{PATH, SendMessages, queue_routes};
pub use queue::{DelayQueue, TRIES};
