//! The commands that a developer gives.

use std::{env, error::Error, net::IpAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand};
use local::{LocalServer, Options, banner, demo, inbox::PushInbox};
use loop_core::Settings;
use loop_http::{LogFormat, Logger};

/// Loop on your own machine: every function in one process, with an embedded DynamoDB.
#[derive(Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
pub(crate) struct CommandLine {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: Serve,
}

#[derive(Subcommand)]
enum Command {
    /// Play Bob and Alice over real HTTP: against the server at `--url`, or one of its own.
    Demo {
        /// Where a server runs, such as `http://localhost:3000`. Without it: the one on port 3000
        /// if there is one, else one that lives only for the demo.
        #[arg(long)]
        url: Option<String>,
    },
}

#[derive(Args)]
struct Serve {
    /// The port to listen on; 0 takes any free one.
    #[arg(long, env = "PORT", default_value_t = 3000)]
    port: u16,
    /// The address to listen on.
    #[arg(long, default_value = "127.0.0.1")]
    host: IpAddr,
    /// Keep the database and the keys in this directory. Without it, both are gone at the end.
    #[arg(long, value_name = "DIRECTORY")]
    data_dir: Option<PathBuf>,
}

impl CommandLine {
    /// Does what was asked for.
    pub(crate) async fn run(self) -> Result<(), Box<dyn Error + Send + Sync>> {
        match self.command {
            None => self.serve.run().await,
            Some(Command::Demo { url }) => demo::run(url.as_deref(), &mut std::io::stdout()).await,
        }
    }
}

impl Serve {
    async fn run(self) -> Result<(), Box<dyn Error + Send + Sync>> {
        let mut settings = Settings::new(|name| env::var(name).ok());
        let format = LogFormat::from_settings(&mut settings, LogFormat::Text);
        let logger = Logger::stdout(settings.finish(format)?);
        let server = LocalServer::start(Options {
            host: self.host,
            port: self.port,
            data_directory: self.data_dir,
            variables: env::vars().collect(),
            ..Options::new(logger)
        })
        .await?;
        let inbox = PushInbox::start(|ping| println!("{ping}")).await;
        println!("{}", banner::text(&server.url(), inbox.push_url()));
        tokio::signal::ctrl_c().await?;
        server.stop().await;
        Ok(())
    }
}
