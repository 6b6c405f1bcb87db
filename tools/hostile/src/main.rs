//! Hostile measurements of the local server, which runs as a process of its own:
//!
//! - `cargo run --profile load -p hostile -- junk`: a flood of junk tokens;
//! - `cargo run --profile load -p hostile -- kill`: killed with load on it, and started again.
//!
//! Both print a line for each check, and end with 1 when one fails. `docs/hostile.md` explains the
//! checks.

#![warn(missing_docs)]

mod check;
mod junk;
mod kill;
mod serve;

use std::process::ExitCode;

use clap::Parser;
use load::BoxError;
use tokio::runtime::Runtime;

/// Measures the effects of junk and of sudden death on the service.
#[derive(Parser)]
enum CommandLine {
    /// Floods the server with junk tokens, while others use it as usual.
    Junk(junk::Arguments),
    /// Kills the server with load on it, starts it again, and looks for everything acknowledged.
    Kill(kill::Arguments),
    /// Runs the server that the other commands start.
    #[command(hide = true)]
    Serve(serve::Arguments),
}

fn main() -> ExitCode {
    match run(CommandLine::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("hostile: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: CommandLine) -> Result<(), BoxError> {
    // Threads that block make the load, since they are woken on time. Servers run on this runtime.
    let runtime = Runtime::new()?;
    match command {
        CommandLine::Junk(arguments) => junk::measure(&arguments, &runtime),
        CommandLine::Kill(arguments) => kill::measure(&arguments, &runtime),
        CommandLine::Serve(arguments) => runtime.block_on(serve::run(arguments)),
    }
}
