//! The commands that a tester gives.

use std::{fs, path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand};

use crate::{
    Failure,
    load::{Load, Shape},
    output,
    quantity::{duration, rate},
    results::{Mode, Results},
    schedule::Rate,
    thresholds::Thresholds,
};

/// Puts load on Loop: on the service that `cargo run` starts, or on a staging stack. Ends with 0
/// when all thresholds hold, with 1 when one does not, and with 2 when there is no result.
#[derive(Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
pub(crate) struct CommandLine {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    steady: Steady,
}

#[derive(Subcommand)]
enum Command {
    /// The same rate all the time; what is done without a command.
    Steady(Steady),
    /// A rate that changes evenly: where does it become slow?
    Ramp(Ramp),
    /// The same rate for a long time: does it become slower?
    Soak(Soak),
    /// Makes one report of those of several machines.
    Merge(Merge),
}

#[derive(Args)]
struct Steady {
    /// Requests a second, of all machines together.
    #[arg(long, default_value = "50", value_parser = rate)]
    rate: f64,
    /// For how long.
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = duration)]
    duration: Duration,
    #[command(flatten)]
    load: Load,
}

#[derive(Args)]
struct Ramp {
    /// Requests a second in the beginning.
    #[arg(long, value_name = "RATE", default_value = "10", value_parser = rate)]
    from: f64,
    /// Requests a second in the end.
    #[arg(long, value_name = "RATE", default_value = "200", value_parser = rate)]
    to: f64,
    /// How long it takes from the one to the other.
    #[arg(long, value_name = "TIME", default_value = "2m", value_parser = duration)]
    over: Duration,
    #[command(flatten)]
    load: Load,
}

#[derive(Args)]
struct Soak {
    /// Requests a second, of all machines together.
    #[arg(long, default_value = "20", value_parser = rate)]
    rate: f64,
    /// For how long.
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = duration)]
    duration: Duration,
    #[command(flatten)]
    load: Load,
}

#[derive(Args)]
struct Merge {
    /// `result.json` of each machine.
    #[arg(required = true)]
    results: Vec<PathBuf>,
    #[command(flatten)]
    output: output::Output,
    #[command(flatten)]
    thresholds: Thresholds,
}

impl CommandLine {
    /// Does what was asked for, and says whether all thresholds hold.
    ///
    /// # Errors
    /// There is no result.
    pub(crate) async fn run(self) -> Result<bool, Failure> {
        let steady = |rate| Rate { from: rate, to: rate };
        match self.command.unwrap_or(Command::Steady(self.steady)) {
            Command::Steady(Steady { rate, duration, load }) => {
                load.run(Shape { mode: Mode::Steady, rate: steady(rate), duration }).await
            }
            Command::Ramp(Ramp { from, to, over, load }) => {
                let rate = Rate { from, to };
                load.run(Shape { mode: Mode::Ramp, rate, duration: over }).await
            }
            Command::Soak(Soak { rate, duration, load }) => {
                load.run(Shape { mode: Mode::Soak, rate: steady(rate), duration }).await
            }
            Command::Merge(merge) => merge.run(),
        }
    }
}

impl Merge {
    fn run(&self) -> Result<bool, Failure> {
        let mut parts = Vec::new();
        for path in &self.results {
            let failed = |error: Failure| format!("{}: {error}", path.display());
            let text = fs::read(path).map_err(|error| failed(error.into()))?;
            let part: Results =
                serde_json::from_slice(&text).map_err(|error| failed(error.into()))?;
            parts.push(part);
        }
        let results = Results::merge(parts.into_iter())?;
        self.output.write(&results, &self.thresholds.judge(&results))
    }
}
