//! The local server before there is any load: the time that it takes to be there, and its memory.

use std::{
    thread,
    time::{Duration, Instant},
};

use load::{BoxError, Connection, Memory, Method, Process, Request, ServerProcess, StatusCode};

use super::exchange::Exchange;
use crate::{
    release::Binary,
    report::{Cell, Table, Target},
    spread::Spread,
};

/// The longest time of a start, in milliseconds.
const START_MAX: f64 = 100.0;
/// The most memory that may be resident, in MiB.
const RESIDENT_MAX: f64 = 20.0;
/// Memory that has not changed for so long has settled.
const SETTLED: Duration = Duration::from_millis(300);
/// Memory is taken as it is then.
const SETTLED_AT_LATEST: Duration = Duration::from_secs(5);

/// The number of starts.
const STARTS: u32 = 10;

/// Starts the server again and again.
///
/// # Errors
/// It does not start, or is not healthy.
pub(super) fn measure(
    local: &Binary,
    start: impl Fn() -> Result<ServerProcess, BoxError>,
) -> Result<(Table, [Target; 2]), BoxError> {
    let is_alive =
        Exchange::new(&Request::new(Method::GET, "/__lbheartbeat__"), StatusCode::OK, 1, "{}");
    let (mut durations, mut cpu, mut resident) = (Vec::new(), Vec::new(), Vec::new());
    // The first start brings the binary into the page cache.
    for number in 0..=STARTS {
        let begin = Instant::now();
        let server = start()?;
        is_alive.make(&mut Connection::open(server.address())?)?;
        let duration = begin.elapsed();
        let process = server.process();
        if number > 0 {
            durations.push(duration.as_secs_f64() * 1e3);
            cpu.push(process.cpu()?.as_secs_f64() * 1e3);
            resident.push(settled(process)?.mebibytes());
        }
        server.kill()?;
    }
    let (start, cpu, resident) = (Spread::of(durations)?, Spread::of(cpu)?, Spread::of(resident)?);
    let mut table = Table::new("From `exec` to the first response, and after it.");
    table.rows.push(vec![
        ("server", "local".into()),
        ("bytes", Cell::Count(local.bytes)),
        ("start ms", Cell::Samples(start, 1)),
        ("CPU ms", Cell::Samples(cpu, 0)),
        ("resident MiB", Cell::Samples(resident, 1)),
    ]);
    let targets = [
        Target::new("start", START_MAX, "ms", start.median),
        Target::new("resident memory, idle", RESIDENT_MAX, "MiB", resident.median),
    ];
    Ok((table, targets))
}

/// Waits until the resident memory does not change any more.
fn settled(process: Process) -> Result<Memory, BoxError> {
    let begin = Instant::now();
    let mut resident = process.resident()?;
    let mut since = Instant::now();
    while since.elapsed() < SETTLED && begin.elapsed() < SETTLED_AT_LATEST {
        thread::sleep(SETTLED / 10);
        let now = process.resident()?;
        if now != resident {
            (resident, since) = (now, Instant::now());
        }
    }
    Ok(resident)
}
