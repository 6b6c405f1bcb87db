//! What a user of Loop pays and waits for, measured: `cargo run --profile load -p bench`.
//!
//! What is measured is built with `--release`, each function by itself, as for a deployment. This
//! tool prints Markdown, and keeps that and the same as JSON. `docs/performance.md` says what the
//! columns mean.

#![warn(missing_docs)]

mod answer;
mod budgets;
mod call_setup;
mod capacity;
mod cold_start;
mod command_line;
mod cost;
mod cpu;
mod cpu_share;
mod events;
mod growth;
mod load;
mod release;
mod report;
mod spread;
mod subject;
mod table;
mod template;
mod tls;
mod token;
mod traffic;
mod valgrind;
mod warm;
mod world;

use std::{error::Error, process::ExitCode};

use clap::Parser;

use crate::command_line::CommandLine;

/// Why a measurement could not be made.
type Failure = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> ExitCode {
    match CommandLine::parse().run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("bench: {failure}");
            ExitCode::FAILURE
        }
    }
}
