//! Load on a service, and what it does to the service: requests of the API over two transports,
//! open-loop schedules, latencies, a push service that takes the pings, and the processes of
//! servers.

#![warn(missing_docs)]

mod connection;
mod error;
mod latencies;
mod memory;
mod process;
mod push_receiver;
mod request;
mod response;
mod schedule;
mod server_process;
mod service;
mod session;

use std::error::Error;

pub use connection::Connection;
pub use error::ClientError;
pub use latencies::Latencies;
pub use memory::{Memory, MemoryGrowth, MemoryWatch};
pub use process::Process;
pub use push_receiver::{Ping, PushReceiver};
pub use request::{Device, Request};
pub use reqwest::{Method, StatusCode};
pub use response::{PlacedCall, Response};
pub use schedule::{Arrival, Due, Part, Plan, Rate, Schedule, sleep_until};
pub use server_process::ServerProcess;
pub use service::Service;
pub use session::Session;

/// The reason for which a tool has no result.
pub type BoxError = Box<dyn Error + Send + Sync>;
