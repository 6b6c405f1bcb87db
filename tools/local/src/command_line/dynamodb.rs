//! The command that serves the embedded DynamoDB without the rest.

use std::{error::Error, net::IpAddr};

use clap::Args;
use local::database::{self, TABLE};

#[derive(Args)]
pub(super) struct Dynamodb {
    /// The port to listen on; 0 takes any free one.
    #[arg(long, default_value_t = 8000)]
    port: u16,
    /// The address to listen on. Containers on Linux reach this machine under the address of
    /// Docker's bridge, mostly 172.17.0.1.
    #[arg(long, default_value = "127.0.0.1")]
    host: IpAddr,
    /// Let others than this machine read and write the table.
    #[arg(long)]
    allow_remote: bool,
}

impl Dynamodb {
    /// Serves the database until Ctrl-C.
    pub(super) async fn run(self) -> Result<(), Box<dyn Error + Send + Sync>> {
        let Self { host, port, allow_remote } = self;
        if !host.to_canonical().is_loopback() && !allow_remote {
            return Err(format!(
                "--host {host}: whoever reaches this address could read and write the table, since \
                 signatures are not checked; containers need it: add --allow-remote"
            )
            .into());
        }
        let database = database::start(host, port).await?;
        println!(
            "DynamoDB is ready: {}, with the table {TABLE}, in memory\nStop with Ctrl-C.",
            database.endpoint_url()
        );
        tokio::signal::ctrl_c().await?;
        database.stop().await;
        Ok(())
    }
}
