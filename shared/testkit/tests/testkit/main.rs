//! The testkit itself: what tests rely on has to be true.

mod dynamodb;
mod http;
mod push_receiver;
mod runtime_api;
mod wire;
