//! The whole service in one process on localhost: every function behind a gateway of its own, and
//! an embedded DynamoDB behind HTTP. The code that runs is the code that Lambda runs.

#![warn(missing_docs)]

pub mod banner;
pub mod data;
pub mod demo;
pub mod environment;
pub mod functions;
pub mod gateway;
pub mod inbox;
pub mod server;

pub use server::{LocalServer, Options};
