//! What can be asked for.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::{Failure, cold_start, report::Section, token, warm};

/// Measures the release build.
#[derive(Parser)]
pub(crate) struct CommandLine {
    /// Only this; without it, everything, with the defaults of each.
    #[command(subcommand)]
    measurement: Option<Measurement>,
    /// Where `bench.md` and `bench.json` are written.
    #[arg(long, global = true, default_value = "target/bench")]
    pub(crate) output: PathBuf,
}

#[derive(Subcommand)]
pub(crate) enum Measurement {
    /// From nothing to the first answer: time, CPU, memory, size.
    ColdStart(cold_start::Arguments),
    /// One invocation after the other: the first after init beside those that follow, and what
    /// these take: time, CPU, instructions, allocations.
    Warm(warm::Arguments),
    /// Making and verifying a call token, beside other kinds of tokens: time, instructions,
    /// allocations, length.
    Token(token::Arguments),
}

impl CommandLine {
    /// What is to be measured.
    pub(crate) fn measurements(self) -> Result<Vec<Measurement>, Failure> {
        self.measurement.map_or_else(all, |one| Ok(vec![one]))
    }
}

impl Measurement {
    /// Makes it.
    ///
    /// # Errors
    /// Something can't be built or run, or does not do its work.
    pub(crate) async fn measure(&self) -> Result<Section, Failure> {
        match self {
            Self::ColdStart(arguments) => cold_start::measure(arguments).await,
            Self::Warm(arguments) => warm::measure(arguments).await,
            Self::Token(arguments) => token::measure(arguments),
        }
    }
}

/// Every measurement, as if its name alone had been given.
fn all() -> Result<Vec<Measurement>, Failure> {
    const NAMES: [&str; 3] = ["cold-start", "warm", "token"];
    let parse = |name| Ok(CommandLine::try_parse_from(["bench", name])?.measurement);
    NAMES.into_iter().filter_map(|name| parse(name).transpose()).collect()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn all_measurements_are_made_when_none_is_named() {
        let command = CommandLine::command();
        let names: Vec<_> = command.get_subcommands().map(|it| it.get_name()).collect();
        assert_eq!(names.len(), all().unwrap().len(), "{names:?}");
    }
}
