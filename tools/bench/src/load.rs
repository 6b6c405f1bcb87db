//! The local server under load: how much it does in a second, how long that takes, and what it
//! costs.

mod idle;
mod loaded;
mod subject;

use std::time::Duration;

use clap::Args;
use http_load::ServerProcess;
use tokio::task::block_in_place;

use crate::{
    Failure,
    load::idle::Idle,
    release::{self, Binary},
    report::{Cell, Section, Table, Target},
    traffic::{PushService, local_server, server},
};

pub(crate) use loaded::{Extent, Loaded, Measured};
pub(crate) use subject::{ENDPOINTS, Preparation, Subject};

/// At how many connections targets are set.
pub(crate) const TARGET_CONNECTIONS: u16 = 32;
/// What may be resident under load, in MiB.
const RESIDENT_MAX: f64 = 60.0;

#[derive(Args)]
pub(crate) struct Arguments {
    /// How often each endpoint is measured at each number of connections.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    rounds: u16,
    /// For how many milliseconds each time, at most.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..))]
    milliseconds: u64,
    /// Over how many connections.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 32, 256])]
    connections: Vec<u16>,
    /// How often the server is started.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..))]
    starts: u16,
}

/// Measures each endpoint by itself.
///
/// # Errors
/// Something can't be built or started, or one answer was not right.
pub(crate) async fn measure(arguments: &Arguments) -> Result<Section, Failure> {
    let (local, echo) = (release::build("local")?, release::build("echo")?);
    let push = PushService::start().await?;
    block_in_place(|| {
        let idle = Idle::measure(&local, arguments.starts)?;
        let (mut rows, mut targets, mut most) = (Vec::new(), Vec::new(), 0);
        for connections in &arguments.connections {
            let step = Step::measure(arguments, *connections, &local, &echo, &push)?;
            rows.extend(step.rows);
            targets.extend(step.targets);
            most = most.max(step.peak);
        }
        targets.extend(idle.targets());
        targets.push(Target {
            what: "resident memory under load".to_owned(),
            unit: "MiB",
            bound: RESIDENT_MAX,
            measured: mebibytes(most),
        });
        let caption = "Per request; the CPU is that of the server alone.".to_owned();
        let tables = vec![idle.table(), Table { caption, columns: COLUMNS.to_vec(), rows }];
        Ok(Section { title: "Local server under load", tables, targets })
    })
}

const COLUMNS: [&str; 9] = [
    "endpoint",
    "connections",
    "requests/s",
    "p50 ms",
    "p99 ms",
    "p50 to echo",
    "CPU ms",
    "CPU to echo",
    "peak MiB",
];

/// All endpoints at one number of connections.
struct Step {
    rows: Vec<Vec<Cell>>,
    targets: Vec<Target>,
    /// In KiB: the most that was resident of any of the servers.
    peak: u64,
}

impl Step {
    fn measure(
        arguments: &Arguments,
        connections: u16,
        local: &Binary,
        echo: &Binary,
        push: &PushService,
    ) -> Result<Self, Failure> {
        let limit = Duration::from_millis(arguments.milliseconds);
        let echo = server(echo)?;
        // A server for each, so that its memory is its own.
        let servers = ENDPOINTS.iter().map(|_| local_server(local, None));
        let servers: Vec<ServerProcess> = servers.collect::<Result<_, _>>()?;
        let subjects = [&subject::ECHO].into_iter().chain(&ENDPOINTS);
        let loaded = subjects.zip([&echo].into_iter().chain(&servers)).map(|(subject, server)| {
            let turns = subject.turns(limit);
            let extent = Extent { rounds: arguments.rounds.into(), limit, turns };
            Loaded::new(subject, server, push, connections.into(), extent)
        });
        let measured = Loaded::run_all(loaded.collect::<Result<_, _>>()?)?;
        let (reference, measured) = measured.split_first().ok_or("nothing was measured")?;
        let mut step = Self { rows: Vec::new(), targets: Vec::new(), peak: 0 };
        step.rows.push(row(connections, reference, reference, &echo)?);
        for (one, server) in measured.iter().zip(&servers) {
            step.rows.push(row(connections, one, reference, server)?);
            step.targets.extend(target(connections, one)?);
            step.peak = step.peak.max(server.process().peak_resident()?);
        }
        Ok(step)
    }
}

fn row(
    connections: u16,
    measured: &Measured<'_>,
    echo: &Measured<'_>,
    server: &ServerProcess,
) -> Result<Vec<Cell>, Failure> {
    let cpu = measured.cpu()?;
    Ok(vec![
        measured.subject.name.into(),
        Cell::Count(connections.into()),
        Cell::Samples(measured.rate()?, 0),
        Cell::Number(measured.percentile(50), 2),
        Cell::Number(measured.percentile(99), 2),
        Cell::Number(measured.percentile(50) / echo.percentile(50), 1),
        Cell::Samples(cpu, 3),
        Cell::Number(cpu.median / echo.cpu()?.median, 1),
        Cell::Number(mebibytes(server.process().peak_resident()?), 1),
    ])
}

fn target(connections: u16, measured: &Measured<'_>) -> Result<Option<Target>, Failure> {
    let bound = measured.subject.cpu_max.filter(|_| connections == TARGET_CONNECTIONS);
    let Some(bound) = bound else { return Ok(None) };
    let what = format!("{}: CPU per request", measured.subject.name);
    Ok(Some(Target { what, unit: "ms", bound, measured: measured.cpu()?.median }))
}

/// Of kibibytes.
pub(crate) fn mebibytes(kibibytes: u64) -> f64 {
    kibibytes as f64 / 1024.0
}
