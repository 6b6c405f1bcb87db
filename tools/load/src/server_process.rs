//! The process of a server.

use std::{
    io::{self, BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use crate::Process;

/// A running server, which is killed when it is dropped.
#[derive(Debug)]
pub struct ServerProcess {
    child: Child,
    address: SocketAddr,
    log_lines: Arc<AtomicU64>,
}

impl ServerProcess {
    /// Starts a server that listens on 127.0.0.1, and waits until it serves: the first line of its
    /// standard output ends with `:` and its port. Its standard input stays open as long as this
    /// value lives. Fails, if the server can't be started, or its first line is another one.
    pub fn start(command: &mut Command) -> io::Result<Self> {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let output = child.stdout.take().ok_or_else(|| io::Error::other("no standard output"))?;
        let mut output = BufReader::new(output);
        let mut line = String::new();
        output.read_line(&mut line)?;
        let port = line.trim_end().rsplit(':').next().and_then(|port| port.parse::<u16>().ok());
        let Some(port) = port else {
            child.kill()?;
            let status = child.wait()?;
            return Err(io::Error::other(format!("the server did not start: {status}")));
        };
        let log_lines = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&log_lines);
        // A full pipe would stop the server.
        thread::spawn(move || {
            for _ in output.split(b'\n').map_while(Result::ok) {
                counter.fetch_add(1, Ordering::SeqCst);
            }
        });
        Ok(Self { child, address: ([127, 0, 0, 1], port).into(), log_lines })
    }

    /// Returns the address at which the server listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the number of lines on its standard output after the first one.
    pub fn log_lines(&self) -> u64 {
        self.log_lines.load(Ordering::SeqCst)
    }

    /// Returns the process.
    pub fn process(&self) -> Process {
        Process(self.child.id())
    }

    /// Kills the server without a chance to tidy up: by SIGKILL on Unix. Fails, if it has ended by
    /// itself.
    pub fn kill(mut self) -> io::Result<()> {
        if let Some(status) = self.child.try_wait()? {
            return Err(io::Error::other(format!("the server ended by itself: {status}")));
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
