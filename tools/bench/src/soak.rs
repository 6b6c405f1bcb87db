//! The local server with steady load on it for a while: whether all goes well, and memory stays
//! what it is.

mod mix;
mod steady;

use std::{
    thread,
    time::{Duration, Instant},
};

use clap::Args;
use http_load::{Process, ServerProcess};
use loop_core::limits;
use tokio::task::block_in_place;

use crate::{
    Failure,
    load::{TARGET_CONNECTIONS, mebibytes},
    release::{self, Binary},
    report::{Cell, Section, Table, Target},
    soak::steady::{Steady, keep_up},
    traffic::{Crowd, Order, PushService, callees, local_server_with},
};

/// How long a call rings: less than passes from one to the next to the same callee.
const RING: Duration = Duration::from_secs(10);
/// How long it takes until each callee was called once, and the first one is called again. Calls are
/// remembered for ten minutes: were they more frequent, what is stored would grow for so long.
const CALL_PERIOD: Duration = Duration::from_secs(660);
/// Calls that are kept of a callee.
const SLOTS: usize = limits::PENDING_CALLS_PER_CALLEE as usize;
/// Callees while the highest rate is looked for, which are called a few times each.
const CALLEES_OF_SEARCH: usize = 2000;
/// How long the highest rate is looked for.
const SEARCH: Duration = Duration::from_secs(10);
/// From when on memory may grow no more.
const WARM: Duration = Duration::from_secs(60);
/// How often memory is looked at.
const PERIOD: Duration = Duration::from_secs(10);
/// In MiB, or a tenth, if that is more.
const GROWTH_MAX: f64 = 4.0;

#[derive(Args)]
pub(crate) struct Arguments {
    /// For how long.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(2..))]
    minutes: u16,
    /// So many requests a second, instead of half of what is possible.
    #[arg(long)]
    rate: Option<u32>,
}

/// Measures errors, latencies and memory.
///
/// # Errors
/// Something can't be built or started, or an answer was not right before the load was steady.
pub(crate) async fn measure(arguments: &Arguments) -> Result<Section, Failure> {
    let local = release::build("local")?;
    let push = PushService::start().await?;
    block_in_place(|| {
        let highest = match arguments.rate {
            Some(rate) => f64::from(rate) * 2.0,
            None => highest_rate(&local, &push)?,
        };
        let rate = highest / 2.0;
        let server = ringing_server(&local)?;
        let count = (rate * CALL_PERIOD.as_secs_f64() / mix::LENGTH as f64).ceil() as usize;
        // Calls are kept in slots that are used again. All are used once before, and free again
        // when it begins: from then on hardly anything more is stored.
        let callees = callees(server.address(), &push, count, 1, SLOTS)?;
        thread::sleep(RING);
        let exchanges = mix::of(&callees, &push);
        let duration = Duration::from_secs(u64::from(arguments.minutes) * 60);
        let (process, begin) = (server.process(), Instant::now());
        let cpu_before = process.cpu()?;
        let (steady, memory) = thread::scope(|scope| {
            let watching = scope.spawn(|| memory_each_period(process, begin, duration));
            let steady = keep_up(&server, &exchanges, rate, begin, duration);
            (steady, watching.join().expect("watching does not panic"))
        });
        let cpu = process.cpu()?.saturating_sub(cpu_before);
        Ok(section(highest, &steady, cpu, &memory?, callees.len()))
    })
}

/// Requests per second, when each connection sends the next as soon as it has the last answer.
fn highest_rate(local: &Binary, push: &PushService) -> Result<f64, Failure> {
    let server = ringing_server(local)?;
    let callees = callees(server.address(), push, CALLEES_OF_SEARCH, 1, 0)?;
    let exchanges = mix::of(&callees, push);
    let mut crowd = Crowd::connect(&server, TARGET_CONNECTIONS.into())?;
    Ok(crowd.run(&exchanges, Order::Repeated, SEARCH)?.rate())
}

fn ringing_server(local: &Binary) -> Result<ServerProcess, Failure> {
    local_server_with(local, ("LOOP_RING_SECONDS", &RING.as_secs().to_string()))
}

/// In KiB, after each period.
fn memory_each_period(
    process: Process,
    begin: Instant,
    duration: Duration,
) -> Result<Vec<u64>, Failure> {
    let mut memory = Vec::new();
    for due in (1..).map(|period| PERIOD * period).take_while(|due| *due <= duration) {
        thread::sleep((begin + due).saturating_duration_since(Instant::now()));
        memory.push(process.resident()?);
    }
    Ok(memory)
}

fn section(
    highest: f64,
    steady: &Steady,
    cpu: Duration,
    memory: &[u64],
    callees: usize,
) -> Section {
    let asked = steady.latencies.count();
    let milliseconds = |percent| steady.latencies.percentile(percent).as_secs_f64() * 1e3;
    let summary = Table {
        caption: format!(
            "{callees} callees. {} of {} requests are calls, {} ask for them; the rest registers \
             again, makes links and opens them.",
            mix::CALLS,
            mix::LENGTH,
            mix::LISTS
        ),
        columns: vec![
            "load",
            "highest rate/s",
            "requests",
            "errors",
            "p50 ms",
            "p99 ms",
            "most ms",
            "CPU ms",
        ],
        rows: vec![vec![
            "half of the highest".into(),
            Cell::Number(highest, 0),
            Cell::Count(asked as u64),
            Cell::Count(steady.errors.len() as u64),
            Cell::Number(milliseconds(50), 2),
            Cell::Number(milliseconds(99), 2),
            Cell::Number(milliseconds(100), 1),
            Cell::Number(cpu.as_secs_f64() * 1e3 / asked as f64, 3),
        ]],
    };
    let rows = memory.iter().enumerate().map(|(period, resident)| {
        let seconds = PERIOD.as_secs() * (period as u64 + 1);
        vec![Cell::Text(format!("{seconds} s")), Cell::Number(mebibytes(*resident), 1)]
    });
    let resident = Table {
        caption: "Memory.".to_owned(),
        columns: vec!["after", "resident MiB"],
        rows: rows.collect(),
    };
    let mut targets = vec![Target {
        what: match steady.errors.first() {
            Some(first) => format!("errors, such as {first}"),
            None => "errors".to_owned(),
        },
        unit: "",
        bound: 0.0,
        measured: steady.errors.len() as f64,
    }];
    targets.extend(growth(memory));
    Section { title: "Soak", tables: vec![summary, resident], targets }
}

/// From the end of the first minute to the most after it.
fn growth(memory: &[u64]) -> Option<Target> {
    let warm = (WARM.as_secs() / PERIOD.as_secs()) as usize;
    let first = mebibytes(*memory.get(warm - 1)?);
    let most = mebibytes(*memory[warm..].iter().max()?);
    Some(Target {
        what: "growth of memory after the first minute".to_owned(),
        unit: "MiB",
        bound: GROWTH_MAX.max(first.round() / 10.0),
        measured: most - first,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_may_grow_by_a_tenth_or_four_mebibytes_after_a_minute() {
        let grown = |first: u64, most: u64| {
            let memory =
                [1, 2, 3, 4, 5, first, first, most, first].map(|mebibytes| mebibytes * 1024);
            growth(&memory).unwrap().is_met()
        };
        assert!(grown(20, 20) && grown(20, 24) && !grown(20, 25));
        assert!(grown(100, 110) && !grown(100, 111));
        assert_eq!(growth(&[1; 6]), None, "nothing is known of the time after it");
    }
}
