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
mod start;

use std::{error::Error, process::ExitCode};

use clap::Parser;
use tokio::runtime::Runtime;

/// Why something could not be measured, or was not as it should be.
type Failure = Box<dyn Error + Send + Sync>;

/// Measures how the service withstands junk and sudden death.
#[derive(Parser)]
enum CommandLine {
    /// Floods the server with junk tokens, while others use it as usual.
    Junk(junk::Arguments),
    /// Kills the server with load on it, starts it again, and looks for what it had acknowledged.
    Kill(kill::Arguments),
    /// The server that the others start.
    #[command(hide = true)]
    Serve(serve::Arguments),
}

fn main() -> ExitCode {
    // The load is made by threads that block, which come to their turn on time; what answers runs
    // on this.
    let outcome =
        Runtime::new().map_err(Failure::from).and_then(|runtime| match CommandLine::parse() {
            CommandLine::Junk(arguments) => junk::measure(&arguments, &runtime),
            CommandLine::Kill(arguments) => kill::measure(&arguments, &runtime),
            CommandLine::Serve(arguments) => runtime.block_on(serve::run(arguments)),
        });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("hostile: {failure}");
            ExitCode::FAILURE
        }
    }
}
