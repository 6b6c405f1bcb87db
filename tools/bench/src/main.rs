//! The speed, size and cost of Loop: `cargo run --profile load -p bench -- --help`.
//!
//! The measured binaries are built with `--release`, each function by itself, as for a deployment.
//! This tool prints Markdown. `docs/performance.md` explains the columns.

#![warn(missing_docs)]

mod budgets;
mod call_setup;
mod capacity_meter;
mod cold_start;
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
use load::BoxError;

/// Measures the release build.
#[derive(Parser)]
enum CommandLine {
    /// Measures the time, CPU, memory and size of functions until their first response.
    ColdStart(cold_start::Arguments),
    /// Measures the time, CPU and instructions of invocations after init.
    Warm(warm::Arguments),
    /// Computes the cost of a million call set-ups at list prices.
    Cost(cost::Arguments),
    /// Compares bytes, instructions, allocations and requests with their limits.
    Budgets(budgets::Arguments),
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(CommandLine::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: CommandLine) -> Result<(), BoxError> {
    let section = match command {
        CommandLine::ColdStart(arguments) => cold_start::measure(&arguments).await?,
        CommandLine::Warm(arguments) => warm::measure(&arguments).await?,
        CommandLine::Cost(arguments) => cost::measure(&arguments).await?,
        CommandLine::Budgets(arguments) => return budgets::check(&arguments).await,
    };
    println!("{section}");
    Ok(())
}
