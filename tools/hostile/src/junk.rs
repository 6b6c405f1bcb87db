//! A flood of junk tokens, and its effects on the server and on real requests.

mod responses;
mod tokens;
mod traffic;
mod verdict;
mod world;

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use clap::Args;
use load::{BoxError, MemoryWatch, Plan};
use tokio::runtime::Runtime;

use crate::{
    check,
    junk::{
        traffic::{flood, use_as_usual},
        verdict::Measured,
        world::World,
    },
};

/// The number of real requests per second.
const USUAL_RATE: f64 = 40.0;
/// The time for which the service is used before it is measured, so that everything is made that is
/// made on first use.
const WARMING: Duration = Duration::from_millis(500);
/// The time for which the service is measured before the flood begins.
const QUIET: Duration = Duration::from_secs(3);
/// The longest time that a log line takes through its pipe.
const LOG_DELAY: Duration = Duration::from_millis(500);

#[derive(Args)]
pub(crate) struct Arguments {
    /// The number of junk tokens per second.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..))]
    rate: u32,
    /// The duration of the flood, in seconds.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=600))]
    seconds: u16,
    /// The number of connections.
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=1000))]
    connections: u16,
    /// The seed of an earlier run, to make the same junk again.
    #[arg(long)]
    seed: Option<u64>,
    /// The checks that are printed only, and do not fail.
    #[arg(long, value_name = "CHECKS", value_delimiter = ',', value_parser = verdict::CHECKS)]
    skip: Vec<String>,
}

/// Measures the effects of the flood, and prints the checks.
///
/// # Errors
/// Something could not be measured, or a check failed.
pub(crate) fn measure(arguments: &Arguments, runtime: &Runtime) -> Result<(), BoxError> {
    let seed = arguments.seed.unwrap_or_else(|| fastrand::u64(..1_000_000_000));
    let &Arguments { rate, seconds, connections, .. } = arguments;
    println!("{rate} junk tokens/s for {seconds} s over {connections} connections, seed {seed}");
    println!("load of the machine before: {}", load_averages());

    let world = World::start(runtime)?;
    let usual = |duration| Plan::constant(USUAL_RATE, duration, seed);
    use_as_usual(&world, usual(WARMING), Instant::now())?;
    let quiet = use_as_usual(&world, usual(QUIET), Instant::now())?;
    world.expect_recorded()?;

    let plan = Plan::constant(rate.into(), Duration::from_secs(seconds.into()), seed);
    let lines_before = world.server.log_lines();
    let memory = MemoryWatch::start(world.server.process(), Duration::from_secs(1));
    let begin = Instant::now();
    let (flooded, loaded) = thread::scope(|scope| {
        let flooding = scope.spawn(|| flood(&world, plan, connections.into(), begin));
        let loaded = use_as_usual(&world, usual(plan.duration), begin);
        (flooding.join().expect("flooding does not panic"), loaded)
    });
    thread::sleep(LOG_DELAY);
    let (junk, responses) = flooded?;
    let measured = Measured {
        plan,
        junk,
        responses,
        quiet,
        loaded: loaded?,
        memory: memory.stop()?,
        operations: world.operations().len(),
        log_lines: world.server.log_lines() - lines_before,
    };
    check::conclude(&measured.checks(), &arguments.skip)
}

/// Returns the load averages of 1, 5 and 15 minutes, which show other work on the machine.
fn load_averages() -> String {
    let averages = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    averages.split(' ').take(3).collect::<Vec<_>>().join(" ")
}
