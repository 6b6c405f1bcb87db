//! Speed, size and cost, as a user of Loop pays for them and waits for them:
//! `cargo run --profile load -p bench`.
//!
//! The measured binaries are built with `--release`, each function by itself, as for a deployment.
//! This tool prints Markdown. `docs/performance.md` explains the columns.

#![warn(missing_docs)]

mod budgets;
mod call_setup;
mod capacity_meter;
mod cold_start;
mod command_line;
mod cost;
mod release;
mod report;
mod response;
mod spread;
mod subject;
mod table;
mod template;
mod tls;
mod token;
mod valgrind;
mod warm;
mod world;

use std::process::ExitCode;

use clap::Parser;

use crate::command_line::CommandLine;

#[tokio::main]
async fn main() -> ExitCode {
    match CommandLine::parse().run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}
