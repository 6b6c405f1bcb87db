//! A flood of junk tokens, and what it does to everybody else.

mod answers;
mod flood;
mod tokens;
mod usual;
mod verdict;
mod world;

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use clap::{Args, ValueEnum};
use http_load::new_seed;
use tokio::runtime::Runtime;

use crate::{
    Failure, check,
    junk::{flood::Flood, tokens::JunkTokens, usual::UsualUse, verdict::Measured, world::World},
};

/// How long the service is measured before the flood begins.
const QUIET_TIME: Duration = Duration::from_secs(3);

#[derive(Args)]
pub(crate) struct Arguments {
    /// How many junk tokens a second.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..))]
    rate: u32,
    /// For how long.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=600))]
    seconds: u16,
    /// Over how many connections.
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=1000))]
    connections: u16,
    /// Makes the same junk again.
    #[arg(long)]
    seed: Option<u64>,
    /// Print these, and do not fail on them.
    #[arg(long, value_name = "CHECKS", value_delimiter = ',')]
    skip: Vec<Aspect>,
}

/// What is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Aspect {
    /// At least 95 % of what was asked is answered in time.
    Rate,
    /// All answers to junk are one answer: 404, errno 105.
    Answers,
    /// Nothing is asked of DynamoDB.
    Database,
    /// The server's memory stays what it was after two seconds.
    Memory,
    /// Everybody else waits at most five times as long.
    Latency,
    /// Junk leaves at most one log line for each function.
    Log,
}

/// Measures, and prints what was found.
///
/// # Errors
/// Something could not be measured, or was not as it should be.
pub(crate) fn measure(arguments: &Arguments, runtime: &Runtime) -> Result<(), Failure> {
    let seed = arguments.seed.unwrap_or_else(new_seed);
    let &Arguments { rate, seconds, connections, .. } = arguments;
    println!("{rate} junk tokens/s for {seconds} s over {connections} connections, seed {seed}");
    println!("load of the machine before: {}", load());

    let world = World::start(runtime)?;
    let usual = UsualUse::new(&world)?;
    let quiet = usual.run(Instant::now() + QUIET_TIME)?;
    world.expect_recorded()?;

    let flood = Flood {
        address: world.server.address(),
        cookie: &world.cookie,
        tokens: &JunkTokens::like(&world.token, &world.other_tokens)?,
        rate,
        duration: Duration::from_secs(seconds.into()),
        connections: connections.into(),
        seed,
    };
    let lines_before = world.server.log_lines();
    let begin = Instant::now();
    let (flooded, loaded, memory) = thread::scope(|scope| {
        let flooding = scope.spawn(|| flood.run(begin));
        let using = scope.spawn(|| usual.run(begin + flood.duration));
        let memory = world.memory_each_second(begin, seconds);
        let ended = "measuring does not panic";
        (flooding.join().expect(ended), using.join().expect(ended), memory)
    });
    // The log comes through a pipe.
    thread::sleep(Duration::from_millis(500));
    let measured = Measured {
        rate,
        seconds: seconds.into(),
        flooded: flooded?,
        quiet,
        loaded: loaded?,
        memory: memory?,
        operations: world.operations(),
        log_lines: world.server.log_lines() - lines_before,
    };
    check::conclude(&measured.checks(&arguments.skip))
}

/// Averages of 1, 5 and 15 minutes: whether somebody else was at work.
fn load() -> String {
    let averages = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    averages.split(' ').take(3).collect::<Vec<_>>().join(" ")
}
