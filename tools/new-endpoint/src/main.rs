//! Makes an endpoint: `cargo run -p new-endpoint -- GET /devices count-devices`.
//!
//! The tool writes a function that responds with an empty object, and its lines in every file that
//! lists functions. The real work of the function is then written by hand: CONTRIBUTING.md has a
//! walk-through.

mod endpoint;
mod files;
mod insertion;

use std::{path::PathBuf, process::ExitCode};

use clap::Parser;

use crate::endpoint::{Endpoint, Method, Name, RoutePath};

/// Makes an endpoint: a function, and its lines in every file that lists functions.
#[derive(Debug, Parser)]
struct CommandLine {
    /// GET (which brings HEAD with it), POST or DELETE.
    method: Method,
    /// The path as API Gateway writes it, such as /devices or /calls/{token}.
    path: RoutePath,
    /// The name of the function: words of lower-case letters and digits with hyphens between them,
    /// a verb first, such as count-devices.
    name: Name,
    /// The root of the repository.
    #[arg(long, default_value = ".")]
    root: PathBuf,
}

fn main() -> ExitCode {
    let CommandLine { method, path, name, root } = CommandLine::parse();
    match files::write(&root, &Endpoint { method, path, name: name.clone() }) {
        Ok(written) => {
            for file in written {
                println!("{file}");
            }
            println!("\nNow try it: cargo test -p {name}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
