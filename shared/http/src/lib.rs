//! What every endpoint shares at its HTTP edge: reading requests, answers and errors, sessions,
//! CORS, the log line, and the way to run as a Lambda function.
//!
//! An endpoint is a value built once from its settings, with one method from request to answer
//! ([`Endpoint`]). [`Function`] puts the common edge around it. [`lambda::run`] and the local
//! server both call [`Function::respond`]; nothing else differs between them.

#![warn(missing_docs)]

pub mod accept;
pub mod answer;
mod clock;
pub mod cors;
mod endpoint;
mod error;
mod fields;
pub mod lambda;
mod log;
pub mod routes;
mod session;
mod site;

pub use clock::Clock;
pub use endpoint::{Endpoint, Function, Request, Response, path_parameter};
pub use error::Error;
pub use fields::{Fields, field, query_field};
pub use log::{LogFormat, Logger, note};
pub use session::Sessions;
pub use site::Site;
