//! The command line.

use std::{fs, path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand};
use load::{BoxError, Process, Rate};

use crate::{
    quantity::{duration, rate},
    report::Output,
    results::{Mode, Results},
    run::Load,
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
    /// Keeps the rate steady, which is the default.
    Steady(Steady),
    /// Changes the rate evenly, to find the rate from which on the service is slow.
    Ramp {
        /// The rate in the beginning, in requests a second.
        #[arg(long, value_name = "RATE", default_value = "10", value_parser = rate)]
        from: f64,
        /// The rate in the end, in requests a second.
        #[arg(long, value_name = "RATE", default_value = "200", value_parser = rate)]
        to: f64,
        /// The time from the first rate to the last.
        #[arg(long, value_name = "TIME", default_value = "2m", value_parser = duration)]
        over: Duration,
        #[command(flatten)]
        load: Load,
    },
    /// Keeps the rate steady for a long time, to see if the service becomes slower.
    Soak {
        /// The service's process on this machine. After the first tenth of the time, its resident
        /// memory may grow by a tenth or by 4 MiB, of which the larger one counts.
        #[arg(long, value_name = "PID")]
        watch_pid: Option<u32>,
        #[command(flatten)]
        steady: Steady,
    },
    /// Makes one report from those of several machines.
    Merge {
        /// The file `result.json` of each machine.
        #[arg(required = true)]
        results: Vec<PathBuf>,
        #[command(flatten)]
        output: Output,
        #[command(flatten)]
        thresholds: Thresholds,
    },
}

#[derive(Args)]
struct Steady {
    /// The rate of all machines together, in requests a second [default: 50, for soak 20].
    #[arg(long, value_parser = rate)]
    rate: Option<f64>,
    /// The duration of the load [default: 60s, for soak 10m].
    #[arg(long, value_name = "TIME", value_parser = duration)]
    duration: Option<Duration>,
    #[command(flatten)]
    load: Load,
}

impl CommandLine {
    /// Runs the command, and returns true if all thresholds hold. Fails, if there is no result.
    pub(crate) async fn run(self) -> Result<bool, BoxError> {
        match self.command.unwrap_or(Command::Steady(self.steady)) {
            Command::Steady(steady) => {
                steady.run(Mode::Steady, 50.0, Duration::from_mins(1), None).await
            }
            Command::Ramp { from, to, over, load } => {
                load.run(Mode::Ramp, Rate { from, to }, over, None).await
            }
            Command::Soak { watch_pid, steady } => {
                let watched = watch_pid.map(Process);
                steady.run(Mode::Soak, 20.0, Duration::from_mins(10), watched).await
            }
            Command::Merge { results, output, thresholds } => {
                let parts = results.iter().map(read).collect::<Result<Vec<_>, _>>()?;
                let results = Results::merge(parts.into_iter())?;
                output.write(&results, &thresholds.judge(&results))
            }
        }
    }
}

impl Steady {
    async fn run(
        self,
        mode: Mode,
        rate: f64,
        duration: Duration,
        watched: Option<Process>,
    ) -> Result<bool, BoxError> {
        let rate = self.rate.unwrap_or(rate);
        let duration = self.duration.unwrap_or(duration);
        self.load.run(mode, Rate { from: rate, to: rate }, duration, watched).await
    }
}

fn read(path: &PathBuf) -> Result<Results, BoxError> {
    let text = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(serde_json::from_slice(&text).map_err(|error| format!("{}: {error}", path.display()))?)
}
