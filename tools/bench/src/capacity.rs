//! The capacity of the local server, in closed loops: each client sends a request as soon as it has
//! the response to the one before. CPU per request, and how that grows with what is stored.

mod closed_loop;
mod exchange;
mod idle;
mod situation;
mod tables;
mod trial;

use std::{path::Path, process::Command, time::Duration};

use clap::Args;
use load::{BoxError, PushReceiver, ServerProcess};
use loop_core::limits;
use tokio::task::block_in_place;

use self::{
    situation::{Kind, Situation},
    tables::Tables,
    trial::{Case, Extent},
};
use crate::{
    release::{self, Binary},
    report::{Section, Table, Target},
};

/// The numbers of connections that put load on each endpoint.
const CONNECTIONS: [usize; 3] = [1, TARGET_CONNECTIONS, 256];
/// The number of connections for which there are targets.
const TARGET_CONNECTIONS: usize = 32;

/// The most memory that may be resident under load, in MiB.
const RESIDENT_MAX: f64 = 60.0;
/// The most that a request may cost with the largest table, compared with the smallest.
const GROWTH_MAX: f64 = 1.25;

/// The limits of a callee.
const CALLS_MAX: usize = limits::PENDING_CALLS_PER_CALLEE as usize;
const DEVICES_MAX: usize = 20;

/// The columns with ratios of latencies and of CPU.
const TO_ECHO: [&str; 2] = ["p50 to echo", "CPU to echo"];
const TO_NONE_PENDING: [&str; 2] = ["p50 to 0 pending", "CPU to 0 pending"];
const TO_SMALLEST: [&str; 2] = ["p50 to the smallest", "CPU to the smallest"];

/// The requests with which endpoints are compared.
const ECHO: Situation = Situation::new("bare HTTP echo", Kind::Echo);

/// The endpoints, each as it is used most, with the most CPU time that a request may take of the
/// server, in milliseconds.
const ENDPOINTS: [(Situation, f64); 6] = [
    (Situation::new("`POST /registration`, new user", Kind::RegisterNewUser).once(10_000), 0.2),
    (Situation::new("`POST /registration`, again", Kind::RegisterAgain), 0.2),
    (Situation::new("`POST /call-url`", Kind::MakeLink), 0.06),
    (Situation::new("`GET /calls/{token}`", Kind::OpenLink), 0.06),
    (Situation::new("`POST /calls/{token}`, 1 device", Kind::Place).once(3_000), 0.4),
    (Situation::new("`GET /calls`, 3 pending", Kind::PendingCalls).pending(3), 0.2),
];

/// Cases of one callee with more and more calls and devices, each with the number of the case with
/// which it is compared. So few calls in a second are prepared in seconds.
const OF_A_CALLEE: [(Situation, usize); 7] = [
    (Situation::new("`GET /calls`, 0 pending", Kind::PendingCalls), 0),
    (Situation::new("`GET /calls`, 3 pending", Kind::PendingCalls).pending(3), 0),
    (Situation::new("`GET /calls`, 20 pending", Kind::PendingCalls).pending(CALLS_MAX), 0),
    (place("`POST /calls/{token}`, 0 pending, 1 device"), 3),
    (place("`POST /calls/{token}`, 19 pending, 1 device").pending(CALLS_MAX - 1), 3),
    (
        Situation::new("`POST /calls/{token}`, 20 pending, refused", Kind::PlaceInVain)
            .pending(CALLS_MAX),
        3,
    ),
    (place("`POST /calls/{token}`, 0 pending, 20 devices").devices(DEVICES_MAX).once(100), 3),
];

#[derive(Args)]
pub(crate) struct Arguments {
    /// How often each endpoint is measured in each case.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    rounds: u16,
    /// For how many milliseconds each time, at most.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..))]
    milliseconds: u64,
    /// The numbers of users in the tables that are compared.
    #[arg(long, value_delimiter = ',', default_values_t = [1_000, 100_000, 1_000_000])]
    items: Vec<usize>,
}

/// Measures the server when it is idle, under load, and as data grows.
///
/// # Errors
/// Something can't be built, written or started, or a response was not right.
pub(crate) async fn measure(arguments: &Arguments) -> Result<Section, BoxError> {
    let (local, echo) = (release::build("local")?, release::build("bench-echo")?);
    let push = &PushReceiver::start().await?;
    let limit = Duration::from_millis(arguments.milliseconds);
    let extent = Extent { rounds: arguments.rounds.into(), limit, push };
    let start = |directory: Option<&Path>| start(&local, directory);
    let tables = Tables::fill(&arguments.items, start, push).await?;
    block_in_place(|| {
        let (idle, idle_targets) = idle::measure(&local, || start(None))?;
        let (load, load_targets) = load(extent, &echo, || start(None))?;
        let of_callee = callee_growth(extent, start(None)?)?;
        let (of_table, table_targets) = table_growth(extent, &tables, start)?;
        let targets = idle_targets.into_iter().chain(load_targets).chain(table_targets).collect();
        let tables = vec![idle, load, of_callee, of_table];
        Ok(Section { title: "Capacity of the local server", tables, targets })
    })
}

/// Measures each endpoint by itself, beside a bare HTTP server.
fn load(
    extent: Extent<'_>,
    echo: &Binary,
    start: impl Fn() -> Result<ServerProcess, BoxError>,
) -> Result<(Table, Vec<Target>), BoxError> {
    let mut table = Table::new("Under load, per request; the CPU is that of the server alone.");
    let (mut targets, mut most) = (Vec::new(), 0.0_f64);
    for connections in CONNECTIONS {
        // A server for each, so that its memory is its own.
        let mut servers = vec![ServerProcess::start(&mut command(echo))?];
        let mut cases = vec![Case::new(ECHO, 0, 0)];
        for (endpoint, _) in ENDPOINTS {
            cases.push(Case::new(endpoint, servers.len(), 0));
            servers.push(start()?);
        }
        let measured = extent.run(&servers, connections, cases)?;
        for (position, one) in measured.iter().enumerate() {
            most = most.max(one.peak);
            table.rows.push(one.row(("connections", connections), &measured[0], TO_ECHO));
            if position > 0 && connections == TARGET_CONNECTIONS {
                let what = format!("{}: CPU per request", one.name);
                targets.push(Target::new(what, ENDPOINTS[position - 1].1, "ms", one.cpu.median));
            }
        }
    }
    targets.push(Target::new("resident memory under load", RESIDENT_MAX, "MiB", most));
    Ok((table, targets))
}

fn callee_growth(extent: Extent<'_>, server: ServerProcess) -> Result<Table, BoxError> {
    let cases = OF_A_CALLEE.into_iter().map(|(it, reference)| Case::new(it, 0, reference));
    let measured = extent.run(&[server], TARGET_CONNECTIONS, cases.collect())?;
    let mut table = Table::new("What one callee has.");
    for one in &measured {
        let column = ("connections", TARGET_CONNECTIONS);
        table.rows.push(one.row(column, &measured[one.reference], TO_NONE_PENDING));
    }
    Ok(table)
}

/// Measures all endpoints with each table.
fn table_growth(
    extent: Extent<'_>,
    tables: &Tables,
    start: impl Fn(Option<&Path>) -> Result<ServerProcess, BoxError>,
) -> Result<(Table, Vec<Target>), BoxError> {
    let sizes = &tables.sizes;
    let servers: Vec<_> =
        sizes.iter().map(|size| start(Some(&tables.data(*size)))).collect::<Result<_, _>>()?;
    let mut cases = Vec::new();
    for (endpoint, _) in ENDPOINTS {
        let smallest = cases.len();
        // Few, so that the smallest table does not grow much while it is measured.
        let case = |server| Case::new(endpoint.at_most(300), server, smallest);
        cases.extend((0..servers.len()).map(case));
    }
    let measured = extent.run(&servers, TARGET_CONNECTIONS, cases)?;
    let mut table = Table::new(format!(
        "Users in the table, which is in a file, at {TARGET_CONNECTIONS} connections. Measuring \
         adds some more."
    ));
    let mut targets = Vec::new();
    for alike in measured.chunks(sizes.len()) {
        let smallest = &alike[0];
        let rows = sizes.iter().zip(alike);
        table.rows.extend(rows.map(|(size, one)| one.row(("items", *size), smallest, TO_SMALLEST)));
        let what = format!("{}: CPU with the largest table to the smallest", smallest.name);
        let growth = alike[alike.len() - 1].cpu.median / smallest.cpu.median;
        targets.push(Target::new(what, GROWTH_MAX, "", growth));
    }
    Ok((table, targets))
}

const fn place(name: &'static str) -> Situation {
    Situation::new(name, Kind::Place).once(400)
}

/// Starts the local server as `cargo run` does, with its data in `directory`, if there is one.
fn start(local: &Binary, directory: Option<&Path>) -> Result<ServerProcess, BoxError> {
    let mut command = command(local);
    command.args(["--port", "0"]);
    if let Some(directory) = directory {
        command.arg("--data-dir").arg(directory);
    }
    Ok(ServerProcess::start(&mut command)?)
}

/// Returns a command without the settings of the shell, and with a provider with which calls ring
/// for their whole time, though no page comes to a channel.
fn command(binary: &Binary) -> Command {
    let mut command = Command::new(&binary.path);
    command.env_clear().env("LOOP_PROVIDER", "livekit");
    command
}
