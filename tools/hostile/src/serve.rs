//! The server, in the process that is flooded or killed: what `cargo run` starts, except that it
//! says less and can be given another DynamoDB.

use std::{
    env,
    io::{self, Read},
    path::PathBuf,
};

use clap::Args;
use local::{LocalServer, Options};
use loop_lambda::{LogFormat, Logger};

use crate::Failure;

#[derive(Args)]
pub(crate) struct Arguments {
    /// As `cargo run` has it.
    #[arg(long)]
    data_dir: Option<PathBuf>,
    /// A DynamoDB with the table, instead of the embedded one.
    #[arg(long)]
    database_url: Option<String>,
}

/// Serves until standard input ends, as it does with whoever has started this, however that ends.
/// The first line of standard output says where; all others are log lines.
pub(crate) async fn run(arguments: Arguments) -> Result<(), Failure> {
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
