//! The whole story under load: `cargo run --profile load -p loadtest`, against `cargo run` or a
//! staging stack.
//!
//! Requests are due by a schedule that waits for nobody, and latency counts from when they were
//! due. `docs/loadtest.md` says how to use it, and what each number and plot is.

#![warn(missing_docs)]

mod callees;
mod command_line;
mod generator;
mod latencies;
mod load;
mod output;
mod plot;
mod progress;
mod push_receiver;
mod quantity;
mod recorder;
mod report;
mod requests;
mod results;
mod scenario;
mod schedule;
mod service;
mod target;
mod text;
mod thresholds;

use std::{error::Error, process::ExitCode};

use clap::Parser;

/// Why there is no result.
type Failure = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> ExitCode {
    match command_line::CommandLine::parse().run().await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(failure) => {
            eprintln!("loadtest: {failure}");
            ExitCode::from(2)
        }
    }
}
