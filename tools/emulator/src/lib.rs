//! An emulator of the parts of AWS that surround the deployed functions, on loopback.
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
//! leave nothing behind. Without the feature `servers`, only the events of the HTTP API are here.

#![warn(missing_docs)]

#[cfg(feature = "servers")]
pub mod delay_queue;
#[cfg(feature = "servers")]
pub mod dynamodb;
#[cfg(feature = "servers")]
pub mod event_handler;
#[cfg(feature = "servers")]
mod gateway_error;
pub mod http_api;
#[cfg(feature = "servers")]
pub mod http_handler;
#[cfg(feature = "servers")]
pub mod loopback;
#[cfg(feature = "servers")]
pub mod runtime_api;
#[cfg(feature = "servers")]
pub mod serving;
#[cfg(feature = "servers")]
mod signature;
#[cfg(feature = "servers")]
pub mod websocket_api;

#[cfg(feature = "servers")]
pub use dynamodb::{EmbeddedDynamoDb, item_size};
#[cfg(feature = "servers")]
pub use runtime_api::{InvocationError, LambdaProcess, RuntimeApi};
