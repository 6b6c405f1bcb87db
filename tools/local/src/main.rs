//! `cargo run`: the whole service on localhost.

use std::process::ExitCode;

use clap::Parser;

mod command_line;

#[tokio::main]
async fn main() -> ExitCode {
    loop_http::hide_panic_messages();
    match command_line::CommandLine::parse().run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("{fault}");
            ExitCode::FAILURE
        }
    }
}
