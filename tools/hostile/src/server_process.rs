//! The server as a process: started, watched, killed.

use std::{
    env, fs,
    io::{self, BufRead, BufReader, Read},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use crate::Failure;

/// A server that runs. It is killed when it is dropped.
#[derive(Debug)]
pub(crate) struct ServerProcess {
    child: Child,
    address: SocketAddr,
    log_lines: Arc<AtomicU64>,
}

/// How to start one.
#[derive(Debug)]
pub(crate) struct Start(Command);

impl Start {
    /// With its data in this directory, and calls that ring so many seconds.
    pub(crate) fn with_data(directory: &Path, ring_seconds: u64) -> Result<Self, Failure> {
        let mut command = command()?;
        command.arg("--data-dir").arg(directory);
        command.env("LOOP_RING_SECONDS", ring_seconds.to_string());
        // Who is late on a busy machine has been rung nevertheless.
        command.env("LOOP_PUSH_TIMEOUT_MS", "5000");
        Ok(Self(command))
    }

    /// With this DynamoDB.
    pub(crate) fn with_database(url: &str) -> Result<Self, Failure> {
        let mut command = command()?;
        command.args(["--database-url", url]);
        Ok(Self(command))
    }

    /// Waits until it serves.
    pub(crate) fn serving(&mut self) -> Result<ServerProcess, Failure> {
        let mut child = self.process()?;
        let mut output = BufReader::new(child.stdout.take().ok_or("no standard output")?);
        let mut url = String::new();
        output.read_line(&mut url)?;
        let port = url.trim_end().rsplit(':').next().and_then(|port| port.parse::<u16>().ok());
        let Some(port) = port else {
            child.kill()?;
            return Err(format!("the server did not start: {}", child.wait()?).into());
        };
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let log_lines = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&log_lines);
        // Whoever stops reading would stop the server, once the pipe is full.
        thread::spawn(move || count_lines(output, &counter));
        Ok(ServerProcess { child, address, log_lines })
    }

    /// Does not wait for anything.
    pub(crate) fn process(&mut self) -> Result<Child, Failure> {
        Ok(self.0.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?)
    }
}

/// This program as a server, without the settings of whoever has started it.
fn command() -> Result<Command, Failure> {
    let mut command = Command::new(env::current_exe()?);
    command.env_clear().arg("serve");
    Ok(command)
}

fn count_lines(mut output: impl Read, counter: &AtomicU64) {
    let mut chunk = [0; 64 * 1024];
    while let Ok(length @ 1..) = output.read(&mut chunk) {
        let lines = chunk[..length].iter().filter(|byte| **byte == b'\n').count();
        counter.fetch_add(lines as u64, Ordering::SeqCst);
    }
}

impl ServerProcess {
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many lines it has logged.
    pub(crate) fn log_lines(&self) -> u64 {
        self.log_lines.load(Ordering::SeqCst)
    }

    /// What of its memory is resident, in KiB.
    pub(crate) fn resident(&self) -> Result<u64, Failure> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        number.ok_or_else(|| "/proc tells no VmRSS".into())
    }

    /// Without a chance to tidy up: SIGKILL on Unix.
    ///
    /// # Errors
    /// It has ended by itself before.
    pub(crate) fn kill(mut self) -> Result<(), Failure> {
        if let Some(status) = self.child.try_wait()? {
            return Err(format!("the server ended by itself: {status}").into());
        }
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        let ended: io::Result<_> = self.child.kill().and_then(|()| self.child.wait());
        let _ = ended;
    }
}
