//! Reads the events that a queue or a WebSocket API sends to a function.

pub(crate) mod function;
pub(crate) mod sqs;
pub(crate) mod websocket;
