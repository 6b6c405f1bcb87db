//! Plays AWS on loopback: what stands around the functions when they are deployed.
//!
//! | module | plays |
//! |---|---|
//! | [`http_api`] | API Gateway's HTTP API: requests become events, and responses come back |
//! | [`websocket_api`] | API Gateway's WebSocket API, and the management of its connections |
//! | [`delay_queue`] | SQS, as far as the call channel's timers use it |
//! | [`dynamodb`] | DynamoDB, in process, in memory or in a file |
//! | [`runtime_api`] | Lambda: starts a binary and hands it events |
//!
//! Every server listens on loopback and stops when it is dropped, so tests run in parallel and
//! leave nothing behind.

#![warn(missing_docs)]

pub mod delay_queue;
pub mod dynamodb;
pub mod event_handler;
pub mod http_api;
pub mod http_handler;
pub mod loopback;
mod refusal;
pub mod runtime_api;
pub mod serving;
mod signature;
pub mod websocket_api;

pub use dynamodb::{EmbeddedDynamoDb, item_size};
pub use runtime_api::{InvocationError, LambdaProcess, RuntimeApi};
