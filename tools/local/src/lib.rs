//! The whole service in one process on localhost: every function behind a gateway of its own, an
//! embedded DynamoDB behind HTTP, and emulators of the AWS services between the functions of the
//! call channel. The functions run the same code as on Lambda.

#![warn(missing_docs)]

pub mod banner;
pub mod data;
pub mod database;
pub mod demo;
pub mod environment;
pub mod functions;
pub mod inbox;
pub mod listening;
mod own_name;
pub mod server;

pub use server::{LocalServer, Options};
