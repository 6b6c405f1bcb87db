//! The servers that are measured, each in a process of its own.

use std::{io, path::Path, process::Command};

use load::ServerProcess;

use crate::release::Binary;

/// Starts the local server as `cargo run` does, but for the provider, and without the settings of
/// the shell. Its data is in `directory`, if there is one.
///
/// # Errors
/// It does not start.
pub(super) fn local(local: &Binary, directory: Option<&Path>) -> io::Result<ServerProcess> {
    let mut command = command(local);
    command.args(["--port", "0"]);
    if let Some(directory) = directory {
        command.arg("--data-dir").arg(directory);
    }
    ServerProcess::start(&mut command)
}

/// Starts another server.
///
/// # Errors
/// It does not start.
pub(super) fn other(binary: &Binary) -> io::Result<ServerProcess> {
    ServerProcess::start(&mut command(binary))
}

fn command(binary: &Binary) -> Command {
    let mut command = Command::new(&binary.path);
    // With this provider calls ring for their whole time, though no page comes to a channel.
    command.env_clear().env("LOOP_PROVIDER", "livekit");
    command
}
