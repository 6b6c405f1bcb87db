//! What every endpoint shares at its HTTP edge: reading requests, answers and errors, sessions,
//! CORS, the log line, and the way to run as a Lambda function.
//!
//! An endpoint is a value built once from its settings, with one method from request to answer
//! ([`Endpoint`]). [`Function`] puts the common edge around it. [`lambda::run`] and the local
//! server both call [`Function::respond`]; nothing else differs between them. Functions that
//! something else starts than an HTTP request are [`EventFunction`]s with an [`EventEdge`].

#![warn(missing_docs)]

pub mod accept;
pub mod answer;
mod clock;
pub mod cors;
mod endpoint;
mod error;
mod error_page;
pub mod event;
mod event_function;
mod fields;
mod json;
mod junk;
pub mod lambda;
mod language;
mod log;
mod panics;
pub mod pasted;
pub mod routes;
mod session;
mod site;

pub use clock::Clock;
pub use endpoint::{Endpoint, Function, Request, Response, path_parameter};
pub use error::{Error, RETRY_AFTER_OUTAGE};
pub use event_function::{EventEdge, EventFunction, EventItem, QueueMessage, SocketEvent};
pub use fields::{Fields, field, query_field};
pub use lambda_http::http::StatusCode;
pub use language::Language;
pub use log::{LogFormat, Logger, Notes, note};
pub use panics::hide_panic_messages;
pub use session::Sessions;
pub use site::Site;
