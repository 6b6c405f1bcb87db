//! Load on a service, and its effects: requests of the API over two transports, open-loop
//! schedules, latencies, a push service that receives pings, and the processes of servers.

#![warn(missing_docs)]

mod connection;
mod latencies;
mod memory;
mod process;
mod push_receiver;
mod request;
mod response;
mod schedule;
mod server_process;
mod service;

use std::error::Error;

pub use connection::Connection;
pub use latencies::Latencies;
pub use memory::{MemoryGrowth, MemoryWatch};
pub use process::{Memory, Process};
pub use push_receiver::{Ping, PushReceiver};
pub use request::{Device, Request, Session};
pub use reqwest::{Method, StatusCode};
pub use response::{ClientError, PlacedCall, Response};
pub use schedule::{Arrival, Due, Part, Plan, Rate, sleep_until};
pub use server_process::ServerProcess;
pub use service::Service;

/// The error of a tool that has no result.
pub type BoxError = Box<dyn Error + Send + Sync>;
