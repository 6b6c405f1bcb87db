//! The local server before there is any load: how long it takes to be there, and what it holds.

use std::{
    thread,
    time::{Duration, Instant},
};

use http_load::{Connection, Process, request};

use crate::{
    Failure,
    release::Binary,
    report::{Cell, Table, Target},
    spread::Spread,
    traffic::{Exchange, local_server},
};

/// What a start may take, in milliseconds.
const START_MAX: f64 = 100.0;
/// What may be resident, in MiB.
const RESIDENT_MAX: f64 = 20.0;
/// Memory that has not changed for so long has settled.
const SETTLED: Duration = Duration::from_millis(300);
/// It is taken as it is then.
const SETTLED_AT_LATEST: Duration = Duration::from_secs(5);

/// Several starts.
pub(crate) struct Idle {
    /// Milliseconds from before the process is made until its first answer is here.
    start: Spread,
    /// Of the CPU until then, in milliseconds.
    cpu: Spread,
    /// What is resident when that is over, in MiB.
    resident: Spread,
    bytes: u64,
}

impl Idle {
    pub(crate) fn measure(local: &Binary, starts: u16) -> Result<Self, Failure> {
        let (mut durations, mut cpu, mut resident) = (Vec::new(), Vec::new(), Vec::new());
        // The first start brings the binary into the page cache.
        for start in 0..=starts {
            let begin = Instant::now();
            let server = local_server(local, None)?;
            let lives = Exchange {
                request: request("GET", "/__lbheartbeat__", None, None),
                status: 200,
                part: "{}".to_owned(),
                times: 1,
            };
            lives.make(&mut Connection::open(server.address())?)?;
            let duration = begin.elapsed();
            let process = server.process();
            if start > 0 {
                durations.push(duration.as_secs_f64() * 1e3);
                cpu.push(process.cpu()?.as_secs_f64() * 1e3);
                resident.push(settled(process)? as f64 / 1024.0);
            }
            server.kill()?;
        }
        let spread = |samples| Spread::of(samples).ok_or("there was no start");
        let [start, cpu, resident] = [spread(durations)?, spread(cpu)?, spread(resident)?];
        Ok(Self { start, cpu, resident, bytes: local.bytes })
    }

    pub(crate) fn table(&self) -> Table {
        Table {
            caption: "From `exec` to the first answer, and after it.".to_owned(),
            columns: vec!["server", "bytes", "start ms", "CPU ms", "resident MiB"],
            rows: vec![vec![
                "local".into(),
                Cell::Count(self.bytes),
                Cell::Samples(self.start, 1),
                Cell::Samples(self.cpu, 0),
                Cell::Samples(self.resident, 1),
            ]],
        }
    }

    pub(crate) fn targets(&self) -> [Target; 2] {
        let (start, resident) = (self.start.median, self.resident.median);
        [
            Target { what: "start".to_owned(), unit: "ms", bound: START_MAX, measured: start },
            Target {
                what: "resident memory, idle".to_owned(),
                unit: "MiB",
                bound: RESIDENT_MAX,
                measured: resident,
            },
        ]
    }
}

/// In KiB.
fn settled(process: Process) -> Result<u64, Failure> {
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
