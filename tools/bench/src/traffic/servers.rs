//! The servers that are measured, each in a process of its own.

use std::{path::Path, process::Command};

use http_load::ServerProcess;

use crate::{Failure, release::Binary};

/// The local server as `cargo run` starts it, but for the provider, and without the settings of
/// whoever has started us. With
/// its data in `directory`, if there is one.
pub(crate) fn local_server(
    local: &Binary,
    directory: Option<&Path>,
) -> Result<ServerProcess, Failure> {
    let mut command = command(local);
    command.args(["--port", "0"]);
    if let Some(directory) = directory {
        command.arg("--data-dir").arg(directory);
    }
    Ok(ServerProcess::start(&mut command)?)
}

/// Any other one.
pub(crate) fn server(binary: &Binary) -> Result<ServerProcess, Failure> {
    Ok(ServerProcess::start(&mut command(binary))?)
}

fn command(binary: &Binary) -> Command {
    let mut command = Command::new(&binary.path);
    // Calls ring as long as they say, though nobody comes to a channel.
    command.env_clear().env("LOOP_PROVIDER", "livekit");
    command
}
