//! What it takes to put load on a server in a process of its own, and to see what that does to it:
//! a cheap HTTP client, chance that can be repeated, latencies, and what the kernel knows of the
//! process.

#![warn(missing_docs)]

mod connection;
mod latencies;
mod process;
mod random;
mod server_process;

pub use connection::{Answer, Connection, request};
pub use latencies::Latencies;
pub use process::Process;
pub use random::{Random, new_seed};
pub use server_process::ServerProcess;
