//! A load test of the whole service: `cargo run --profile load -p loadtest`, against `cargo run` or
//! a staging stack. `docs/loadtest.md` explains its use, numbers and plots.

#![warn(missing_docs)]

mod callees;
mod command_line;
mod generator;
mod plot;
mod quantity;
mod recorder;
mod report;
mod requests;
mod results;
mod run;
mod scenario;
mod target;
mod thresholds;

use std::process::ExitCode;

use clap::Parser;

#[tokio::main]
async fn main() -> ExitCode {
    match command_line::CommandLine::parse().run().await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("loadtest: {error}");
            ExitCode::from(2)
        }
    }
}
