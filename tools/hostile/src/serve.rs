//! The server in a process of its own. It is the server of `cargo run`, but prints less and can use
//! another DynamoDB.

use std::{
    env,
    io::{self, Read},
    path::PathBuf,
    process::Command,
};

use clap::Args;
use load::BoxError;
use local::{LocalServer, Options};
use loop_lambda::{LogFormat, Logger};

#[derive(Args)]
pub(crate) struct Arguments {
    /// The directory of the data, as with `cargo run`.
    #[arg(long)]
    data_dir: Option<PathBuf>,
    /// The URL of a DynamoDB with the table, in place of the embedded one.
    #[arg(long)]
    database_url: Option<String>,
}

/// Builds the command that starts this program as a server, without the settings of the process
/// that starts it.
pub(crate) fn command() -> io::Result<Command> {
    let mut command = Command::new(env::current_exe()?);
    command.env_clear().arg("serve");
    Ok(command)
}

/// Serves until standard input ends, which happens when the process ends that has started this one.
/// The first line of standard output is the URL; all others are log lines.
pub(crate) async fn run(arguments: Arguments) -> Result<(), BoxError> {
    let server = LocalServer::start(Options {
        data_directory: arguments.data_dir,
        database_url: arguments.database_url,
        variables: env::vars().collect(),
        ..Options::new(Logger::stdout(LogFormat::Json))
    })
    .await?;
    println!("{}", server.url());
    tokio::task::spawn_blocking(|| io::stdin().read_to_end(&mut Vec::new())).await??;
    server.stop().await;
    Ok(())
}
