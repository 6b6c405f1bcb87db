//! Starts of the server, also after interrupted starts.

use std::{
    io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use fastrand::Rng;
use load::{BoxError, Connection, Latencies, Method, Request, ServerProcess, StatusCode};

use crate::{check::Check, kill::user::RINGING, serve};

/// All starts of one measurement.
#[derive(Debug)]
pub(crate) struct Starts {
    /// The directory of all data.
    directory: PathBuf,
    random: Rng,
    pub(crate) durations: Latencies,
    faults: Vec<String>,
}

impl Starts {
    pub(crate) fn new(directory: &Path, random: Rng) -> Self {
        Self {
            directory: directory.to_owned(),
            random,
            durations: Latencies::default(),
            faults: Vec::new(),
        }
    }

    /// Returns the directory of the data that stays from start to start.
    pub(crate) fn data(&self) -> PathBuf {
        self.directory.join("data")
    }

    /// Starts the server for the first time.
    pub(crate) fn first(&mut self) -> Result<ServerProcess, BoxError> {
        let begin = Instant::now();
        let server = ServerProcess::start(&mut command(&self.data())?)?;
        self.durations.add(begin.elapsed());
        Ok(server)
    }

    /// Starts the server on the data of the last start, after a start on this data was killed. Does
    /// the same in an empty directory, where the first start is killed.
    pub(crate) fn again(&mut self) -> Result<ServerProcess, BoxError> {
        let nothing = self.directory.join(format!("first-{}", self.durations.count()));
        let moment = self.interrupt(&nothing)?;
        let second = ServerProcess::start(&mut command(&nothing)?);
        if let Err(error) = second.map_err(BoxError::from).and_then(expect_writable) {
            self.faults.push(format!("killed {moment:.2?} after its first start: {error}"));
        }
        self.interrupt(&self.data())?;
        self.first()
    }

    /// Starts a server, and kills it after a time that is shorter than most starts.
    fn interrupt(&mut self, data: &Path) -> io::Result<Duration> {
        let whole = self.durations.quantile(0.5).unwrap_or_default();
        let moment = whole.mul_f64(self.random.f64());
        let mut command = command(data)?;
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        thread::sleep(moment);
        process.kill()?;
        process.wait()?;
        Ok(moment)
    }

    pub(crate) fn check(&self) -> Check {
        let found = format!(
            "{} on the data, each after one that was killed; {} on nothing, killed and repeated",
            self.durations.count(),
            self.durations.count() - 1
        );
        Check::of_faults("starts", found, &self.faults)
    }
}

/// Builds the command that starts a server on `data`.
fn command(data: &Path) -> io::Result<Command> {
    let mut command = serve::command()?;
    command.arg("--data-dir").arg(data);
    command.env("LOOP_RING_SECONDS", RINGING.as_secs().to_string());
    // With this provider calls ring for their whole time, though no browser comes to a channel.
    command.env("LOOP_PROVIDER", "livekit");
    // On a busy machine pings may take longer than the default.
    command.env("LOOP_PUSH_TIMEOUT_MS", "5000");
    Ok(command)
}

fn expect_writable(server: ServerProcess) -> Result<(), BoxError> {
    let mut connection = Connection::open(server.address())?;
    let heartbeat = connection.send(&Request::new(Method::GET, "/__heartbeat__"))?;
    heartbeat.expect(StatusCode::OK).map_err(|error| format!("then its heartbeat is {error}"))?;
    Ok(server.kill()?)
}
