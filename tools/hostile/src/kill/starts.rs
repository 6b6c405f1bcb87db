//! Starting the server, also after starts that were interrupted.

use std::{
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use http_load::{Connection, Latencies, Random, ServerProcess, request};

use crate::{Failure, check::Check, start::Start};

/// Longer than all calls ring that are to be looked for.
const RING_SECONDS: u64 = 600;
/// Tells the numbers here from those of clients.
const STREAM: u64 = 1 << 32;

/// All starts of one measurement.
#[derive(Debug)]
pub(crate) struct Starts {
    start: Start,
    data: PathBuf,
    /// Where servers are started that find nothing.
    elsewhere: PathBuf,
    random: Random,
    durations: Vec<Duration>,
    interrupted_first: usize,
    faults: Vec<String>,
}

impl Starts {
    pub(crate) fn new(directory: &Path, seed: u64) -> Result<Self, Failure> {
        let data = directory.join("data");
        Ok(Self {
            start: Start::with_data(&data, RING_SECONDS)?,
            data,
            elsewhere: directory.to_owned(),
            random: Random::new(seed, STREAM),
            durations: Vec::new(),
            interrupted_first: 0,
            faults: Vec::new(),
        })
    }

    /// Where the data lies.
    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    /// For the first time.
    pub(crate) fn first(&mut self) -> Result<ServerProcess, Failure> {
        let begin = Instant::now();
        let server = self.start.serving()?;
        self.durations.push(begin.elapsed());
        Ok(server)
    }

    /// On the data of the last time, after one more start that was killed before it was done. The
    /// same somewhere else, where the first start ever is killed.
    pub(crate) fn again(&mut self) -> Result<ServerProcess, Failure> {
        self.interrupt_first_start()?;
        let moment = self.moment();
        interrupt(&mut self.start, moment)?;
        self.first()
    }

    fn interrupt_first_start(&mut self) -> Result<(), Failure> {
        let directory = self.elsewhere.join(format!("first-{}", self.interrupted_first));
        let mut start = Start::with_data(&directory, RING_SECONDS)?;
        let moment = self.moment();
        interrupt(&mut start, moment)?;
        self.interrupted_first += 1;
        if let Err(failure) = start.serving().and_then(expect_writable) {
            self.faults.push(format!("killed {moment:.2?} after its first start: {failure}"));
        }
        Ok(())
    }

    /// Some time that is shorter than most starts.
    fn moment(&mut self) -> Duration {
        let whole = Latencies::new(self.durations.clone()).percentile(50);
        whole.mul_f64(self.random.below(1000) as f64 / 1000.0)
    }

    pub(crate) fn summary(&self) -> String {
        Latencies::new(self.durations.clone()).to_string()
    }

    pub(crate) fn check(&self) -> Check {
        let faults: String = self.faults.iter().map(|fault| format!("\n    {fault}")).collect();
        let found = format!(
            "{} on the data, each after one that was killed; {} on nothing, killed and repeated{faults}",
            self.durations.len(),
            self.interrupted_first
        );
        Check::new("starts", self.faults.is_empty(), found)
    }
}

fn expect_writable(server: ServerProcess) -> Result<(), Failure> {
    let mut connection = Connection::open(server.address())?;
    let answer = connection.exchange(&request("GET", "/__heartbeat__", None, None))?;
    match answer.status() {
        200 => Ok(server.kill()?),
        status => Err(format!("then its heartbeat is {status}: {}", answer.json()).into()),
    }
}

fn interrupt(start: &mut Start, after: Duration) -> Result<(), Failure> {
    let mut process = start.process()?;
    thread::sleep(after);
    process.kill()?;
    process.wait()?;
    Ok(())
}
