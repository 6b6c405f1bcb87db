//! How the server is started that is flooded or killed.

use std::{
    env,
    path::Path,
    process::{Child, Command, Stdio},
};

use http_load::ServerProcess;

use crate::Failure;

/// How to start one.
#[derive(Debug)]
pub(crate) struct Start(Command);

impl Start {
    /// With its data in this directory, and calls that ring so many seconds.
    pub(crate) fn with_data(directory: &Path, ring_seconds: u64) -> Result<Self, Failure> {
        let mut command = command()?;
        command.arg("--data-dir").arg(directory);
        command.env("LOOP_RING_SECONDS", ring_seconds.to_string());
        // Its calls ring as long as they say, though nobody comes to a channel.
        command.env("LOOP_PROVIDER", "livekit");
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
        Ok(ServerProcess::start(&mut self.0)?)
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
