//! The command line.

use clap::{Parser, Subcommand};
use load::BoxError;

use crate::{budgets, cold_start, cost, report::Section, warm};

/// Measures the release build.
#[derive(Parser)]
pub(crate) struct CommandLine {
    /// Only this; without it, everything that is measured, with the defaults of each.
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    #[command(flatten)]
    Measure(Measurement),
    /// Whether what may not grow keeps to its limits: bytes, instructions, allocations, requests.
    Budgets(budgets::Arguments),
}

#[derive(Subcommand)]
enum Measurement {
    /// From nothing to the first response: time, CPU, memory, size.
    ColdStart(cold_start::Arguments),
    /// One invocation after the other: the first after init beside those that follow, and what
    /// these take: time, CPU, instructions, allocations.
    Warm(warm::Arguments),
    /// A million call set-ups at list prices.
    Cost(cost::Arguments),
}

impl CommandLine {
    /// Measures what was asked for, or checks the budgets.
    pub(crate) async fn run(self) -> Result<(), BoxError> {
        let measurements = match self.command {
            Some(Command::Budgets(arguments)) => return budgets::check(&arguments).await,
            Some(Command::Measure(measurement)) => vec![measurement],
            None => all()?,
        };
        for measurement in &measurements {
            println!("{}", measurement.measure().await?);
        }
        Ok(())
    }
}

impl Measurement {
    async fn measure(&self) -> Result<Section, BoxError> {
        match self {
            Self::ColdStart(arguments) => cold_start::measure(arguments).await,
            Self::Warm(arguments) => warm::measure(arguments).await,
            Self::Cost(arguments) => cost::measure(arguments).await,
        }
    }
}

/// Returns every measurement, as if its name alone had been given.
fn all() -> Result<Vec<Measurement>, BoxError> {
    let parse = |name| match CommandLine::try_parse_from(["bench", name])?.command {
        Some(Command::Measure(measurement)) => Ok(measurement),
        _ => Err(format!("{name} is not a measurement").into()),
    };
    ["cold-start", "warm", "cost"].into_iter().map(parse).collect()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn all_measurements_are_made_when_none_is_named() {
        let command = CommandLine::command();
        let names: Vec<_> = command.get_subcommands().map(|it| it.get_name()).collect();
        // The budgets are not a measurement.
        assert_eq!(names.len(), all().unwrap().len() + 1, "{names:?}");
    }
}
