//! What can be asked for.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::{
    Failure, budgets, cold_start, cost, growth, load,
    report::{self, Section},
    token, warm,
};

/// Measures the release build.
#[derive(Parser)]
pub(crate) struct CommandLine {
    /// Only this; without it, everything that is measured, with the defaults of each.
    #[command(subcommand)]
    command: Option<Command>,
    /// Where `bench.md` and `bench.json` are written.
    #[arg(long, global = true, default_value = "target/bench")]
    output: PathBuf,
}

#[derive(Subcommand)]
enum Command {
    #[command(flatten)]
    Measure(Measurement),
    /// Whether what may not grow keeps to its limits: bytes, instructions, allocations, crates,
    /// requests.
    Budgets(budgets::Arguments),
}

#[derive(Subcommand)]
enum Measurement {
    /// From nothing to the first answer: time, CPU, memory, size.
    ColdStart(cold_start::Arguments),
    /// One invocation after the other: the first after init beside those that follow, and what
    /// these take: time, CPU, instructions, allocations.
    Warm(warm::Arguments),
    /// Making and verifying a call token, beside other kinds of tokens: time, instructions,
    /// allocations, length.
    Token(token::Arguments),
    /// The local server under load: each endpoint at 1, 32 and 256 connections.
    Load(load::Arguments),
    /// The local server as what it holds grows: calls and devices of a callee, users in the table.
    Growth(growth::Arguments),
    /// A million call set-ups at list prices.
    Cost(cost::Arguments),
}

impl CommandLine {
    /// Does what was asked for.
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let measurements = match self.command {
            Some(Command::Budgets(arguments)) => return budgets::check(&arguments).await,
            Some(Command::Measure(measurement)) => vec![measurement],
            None => all()?,
        };
        let mut sections = Vec::new();
        for measurement in &measurements {
            let section = measurement.measure().await?;
            println!("{section}");
            sections.push(section);
            // Each time: what was measured is not lost with what comes after it.
            report::keep(&self.output, &sections)?;
        }
        Ok(())
    }
}

impl Measurement {
    async fn measure(&self) -> Result<Section, Failure> {
        match self {
            Self::ColdStart(arguments) => cold_start::measure(arguments).await,
            Self::Warm(arguments) => warm::measure(arguments).await,
            Self::Token(arguments) => token::measure(arguments),
            Self::Load(arguments) => load::measure(arguments).await,
            Self::Growth(arguments) => growth::measure(arguments).await,
            Self::Cost(arguments) => cost::measure(arguments).await,
        }
    }
}

/// Every measurement, as if its name alone had been given.
fn all() -> Result<Vec<Measurement>, Failure> {
    let parse = |name| match CommandLine::try_parse_from(["bench", name])?.command {
        Some(Command::Measure(measurement)) => Ok(measurement),
        _ => Err(format!("{name} is not a measurement").into()),
    };
    ["cold-start", "warm", "token", "load", "growth", "cost"].into_iter().map(parse).collect()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn all_measurements_are_made_when_none_is_named() {
        let command = CommandLine::command();
        let names: Vec<_> = command.get_subcommands().map(|it| it.get_name()).collect();
        // The budgets are none.
        assert_eq!(names.len(), all().unwrap().len() + 1, "{names:?}");
    }
}
