//! The whole service in one process on localhost: every function behind a gateway of its own, an
//! embedded DynamoDB behind HTTP, and what AWS puts between the functions of the call channel. The
//! code that runs is the code that Lambda runs.

#![warn(missing_docs)]

pub mod banner;
pub mod channel_gateway;
pub mod data;
pub mod delay_queue;
pub mod demo;
pub mod environment;
pub mod event_handler;
pub mod functions;
pub mod gateway;
pub mod inbox;
mod own_name;
mod refusal;
pub mod server;
mod serving;
mod signature;

pub use server::{LocalServer, Options};
