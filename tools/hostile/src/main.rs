//! The local server in a hostile world, as a process of its own:
//!
//! - `cargo run --profile load -p hostile -- junk`: a flood of junk tokens;
//! - `cargo run --profile load -p hostile -- kill`: killed with load on it, and started again.
//!
//! Both print what they found, and end with 1 when it is not as it should be. `docs/hostile.md` says
//! what that is.

#![warn(missing_docs)]

mod check;
mod junk;
mod kill;
mod serve;

use std::process::ExitCode;

use clap::Parser;
use load::BoxError;
use tokio::runtime::Runtime;

/// Measures how the service withstands junk and sudden death.
#[derive(Parser)]
enum CommandLine {
    /// Floods the server with junk tokens, while others use it as usual.
    Junk(junk::Arguments),
    /// Kills the server with load on it, starts it again, and looks for what it had acknowledged.
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
    // The load is made by threads that block, which come to their turn on time; what serves runs
    // on this.
    let runtime = Runtime::new()?;
    match command {
        CommandLine::Junk(arguments) => junk::measure(&arguments, &runtime),
        CommandLine::Kill(arguments) => kill::measure(&arguments, &runtime),
        CommandLine::Serve(arguments) => runtime.block_on(serve::run(arguments)),
    }
}
