//! What a user of Loop pays and waits for, measured: `cargo run --profile load -p bench`.
//!
//! What is measured is built with `--release`, each function by itself, as for a deployment. This
//! tool prints Markdown, and keeps that and the same as JSON. `docs/performance.md` says what the
//! columns mean.

#![warn(missing_docs)]

mod budgets;
mod call_setup;
mod capacity;
mod cold_start;
<<<<<<< HEAD
mod cost;
=======
mod command_line;
>>>>>>> 98fcb92 (Move the command line of tools/bench to a file of its own)
mod cpu;
mod cpu_share;
mod events;
mod growth;
mod load;
mod release;
mod report;
mod soak;
mod spread;
mod subject;
mod table;
mod template;
mod tls;
mod token;
mod valgrind;
mod warm;
mod traffic;
mod world;

use std::{error::Error, fs, path::Path, process::ExitCode};

use clap::Parser;

use crate::{command_line::CommandLine, report::Section};

/// Why a measurement could not be made.
type Failure = Box<dyn Error + Send + Sync>;

<<<<<<< HEAD
/// Measures the release build.
#[derive(Parser)]
struct CommandLine {
    /// Only this; without it, everything, with the defaults of each.
    #[command(subcommand)]
    measurement: Option<Measurement>,
    /// Where `bench.md` and `bench.json` are written.
    #[arg(long, global = true, default_value = "target/bench")]
    output: PathBuf,
}

#[derive(Subcommand)]
enum Measurement {
    /// From nothing to the first answer: time, CPU, memory, size.
    ColdStart(cold_start::Arguments),
    /// A million call set-ups at list prices.
    Cost(cost::Arguments),
    /// One invocation after the other: the first after init beside those that follow, and what
    /// these take: time, CPU, instructions, allocations.
    Warm(warm::Arguments),
    /// Making and verifying a call token, beside other kinds of tokens: time, instructions,
    /// allocations, length.
    Token(token::Arguments),
    /// The local server as what it holds grows: calls and devices of a callee, users in the table.
    Growth(growth::Arguments),
    /// The local server under load: each endpoint at 1, 32 and 256 connections.
    Load(load::Arguments),
    /// The local server for ten minutes at half of its highest rate: errors and memory.
    Soak(soak::Arguments),
}

=======
>>>>>>> 98fcb92 (Move the command line of tools/bench to a file of its own)
#[tokio::main]
async fn main() -> ExitCode {
    match run(CommandLine::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("bench: {failure}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command_line: CommandLine) -> Result<(), Failure> {
    let output = command_line.output.clone();
    let mut sections = Vec::new();
    for measurement in command_line.measurements()? {
        let section = measurement.measure().await?;
        println!("{section}");
        sections.push(section);
        // Each time: what was measured is not lost with what comes after it.
        keep(&output, &sections)?;
    }
    Ok(())
}

<<<<<<< HEAD
impl Measurement {
    async fn measure(&self) -> Result<Section, Failure> {
        match self {
            Self::ColdStart(arguments) => cold_start::measure(arguments).await,
            Self::Cost(arguments) => cost::measure(arguments).await,
            Self::Warm(arguments) => warm::measure(arguments).await,
            Self::Token(arguments) => token::measure(arguments),
            Self::Growth(arguments) => growth::measure(arguments).await,
            Self::Load(arguments) => load::measure(arguments).await,
            Self::Soak(arguments) => soak::measure(arguments).await,
        }
    }
}

/// Every measurement, as if its name alone had been given.
fn all() -> Result<Vec<Measurement>, Failure> {
    const NAMES: [&str; 7] = ["cold-start", "warm", "token", "load", "growth", "soak", "cost"];
    let parse = |name| Ok(CommandLine::try_parse_from(["bench", name])?.measurement);
    NAMES.into_iter().filter_map(|name| parse(name).transpose()).collect()
}

=======
>>>>>>> 98fcb92 (Move the command line of tools/bench to a file of its own)
fn keep(directory: &Path, sections: &[Section]) -> Result<(), Failure> {
    fs::create_dir_all(directory)?;
    let markdown: Vec<_> = sections.iter().map(Section::to_string).collect();
    fs::write(directory.join("bench.md"), markdown.join("\n"))?;
    fs::write(directory.join("bench.json"), serde_json::to_vec_pretty(sections)?)?;
    Ok(())
}
