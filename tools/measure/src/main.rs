//! Sizes and cold starts of the functions as they are deployed: `cargo run --release -p measure`.
//!
//! Builds each function by itself, starts it as Lambda does, and prints a Markdown table.
//! `docs/measurements.md` says what the columns mean.

#![warn(missing_docs)]

mod cold_start;
mod release;
mod report;
mod subject;
mod tls;
mod world;

use std::{error::Error, process::ExitCode};

use clap::Parser;

use crate::{
    cold_start::Sample,
    release::Binary,
    report::{Row, table},
    subject::Subject,
    world::World,
};

/// Why a measurement could not be made.
type Failure = Box<dyn Error>;

/// Measures sizes and cold starts of the release build.
#[derive(Parser)]
struct Arguments {
    /// How often each function is started.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..))]
    runs: u16,
    /// Only these functions; the hello-world, which the ratios need, is always among them.
    functions: Vec<String>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match measure(&Arguments::parse()).await {
        Ok(table) => {
            print!("{table}");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("measure: {failure}");
            ExitCode::FAILURE
        }
    }
}

async fn measure(arguments: &Arguments) -> Result<String, Failure> {
    let chosen = subject::choose(&arguments.functions)?;
    let mut measured = Vec::new();
    for subject in chosen {
        measured.push(Measured { subject, binary: release::build(subject.name)?, samples: vec![] });
    }
    let world = World::new(release::build("register")?).await?;
    // In turn, not one function after the other: what else the machine does meets all alike.
    for run in 0..=arguments.runs {
        for Measured { subject, binary, samples } in &mut measured {
            let sample = cold_start::measure(&world, subject, binary).await?;
            // The first run brings the binary into the page cache.
            if run > 0 {
                samples.push(sample);
            }
        }
    }
    Ok(table(&measured.iter().map(Measured::row).collect::<Vec<_>>()))
}

struct Measured {
    subject: &'static Subject,
    binary: Binary,
    samples: Vec<Sample>,
}

impl Measured {
    fn row(&self) -> Row {
        Row::new(self.subject.name, self.binary.bytes, &self.samples)
    }
}
