//! The commands that a tester gives.

use std::{fs, path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand};
use load::{BoxError, Process, Rate};

use crate::{
    load_test::{Load, Shape},
    quantity::{duration, rate},
    report::Output,
    results::{Mode, Results},
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
    /// The service's process on this machine: after the first tenth of the time, its resident
    /// memory may grow by a tenth or by 4 MiB, whichever is more.
    #[arg(long, value_name = "PID")]
    watch_pid: Option<u32>,
    #[command(flatten)]
    load: Load,
}

#[derive(Args)]
struct Merge {
    /// `result.json` of each machine.
    #[arg(required = true)]
    results: Vec<PathBuf>,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    thresholds: Thresholds,
}

impl CommandLine {
    /// Does what was asked for, and returns whether all thresholds hold.
    ///
    /// # Errors
    /// There is no result.
    pub(crate) async fn run(self) -> Result<bool, BoxError> {
        let (mode, rate, duration, watched, load) =
            match self.command.unwrap_or(Command::Steady(self.steady)) {
                Command::Steady(Steady { rate, duration, load }) => {
                    (Mode::Steady, Rate { from: rate, to: rate }, duration, None, load)
                }
                Command::Ramp(Ramp { from, to, over, load }) => {
                    (Mode::Ramp, Rate { from, to }, over, None, load)
                }
                Command::Soak(Soak { rate, duration, watch_pid, load }) => {
                    let watched = watch_pid.map(Process);
                    (Mode::Soak, Rate { from: rate, to: rate }, duration, watched, load)
                }
                Command::Merge(merge) => return merge.run(),
            };
        load.run(Shape { mode, rate, duration, watched }).await
    }
}

impl Merge {
    fn run(&self) -> Result<bool, BoxError> {
        let read = |path: &PathBuf| {
            let failed = |error: BoxError| format!("{}: {error}", path.display());
            let text = fs::read(path).map_err(|error| failed(error.into()))?;
            serde_json::from_slice(&text).map_err(|error| failed(error.into()))
        };
        let parts = self.results.iter().map(read).collect::<Result<Vec<Results>, String>>()?;
        let results = Results::merge(parts.into_iter())?;
        self.output.write(&results, &self.thresholds.judge(&results))
    }
}
