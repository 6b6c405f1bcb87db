//! The command line of the local server.

mod dynamodb;
mod values;

use std::{env, error::Error, net::IpAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand};
use local::{
    LocalServer, Options, banner, demo, environment,
    inbox::{Ping, PushInbox},
};
use loop_core::{Settings, UnknownSettings};
use loop_lambda::{LogFormat, Logger};
use loop_push::{PushPolicy, PushUrl};

use self::dynamodb::Dynamodb;

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
        /// The URL of a running server, such as `http://localhost:3000`. Without it: the one on
        /// port 3000 if there is one, else one that lives only for the demo.
        #[arg(long, value_parser = values::url)]
        url: Option<String>,
    },
    /// Serve the embedded DynamoDB with its table, for functions that run in containers.
    Dynamodb(Dynamodb),
}

#[derive(Args)]
struct Serve {
    /// The port to listen on; 0 takes any free one.
    #[arg(long, env = "PORT", default_value_t = 3000, value_parser = values::port)]
    port: u16,
    /// The address to listen on.
    #[arg(long, default_value = "127.0.0.1")]
    host: IpAddr,
    /// Keep the database and the keys in this directory. Without it, both are gone at the end.
    #[arg(long, value_name = "DIRECTORY", value_parser = values::directory)]
    data_dir: Option<PathBuf>,
}

impl CommandLine {
    /// Runs the server or the given command.
    pub(crate) async fn run(self) -> Result<(), Box<dyn Error + Send + Sync>> {
        match self.command {
            None => self.serve.run().await,
            Some(Command::Demo { url }) => demo::run(url.as_deref(), &mut std::io::stdout()).await,
            Some(Command::Dynamodb(dynamodb)) => dynamodb.run().await,
        }
    }
}

impl Serve {
    async fn run(self) -> Result<(), Box<dyn Error + Send + Sync>> {
        warn();
        let mut settings = Settings::of_process();
        let format = LogFormat::from_settings(&mut settings, LogFormat::Text);
        let variables = variables(&mut settings);
        let (format, variables) = settings.finish(format.zip(Some(variables)))?;
        let logger = Logger::stdout(format);
        let server = LocalServer::start(Options {
            host: self.host,
            port: self.port,
            data_directory: self.data_dir,
            variables,
            ..Options::new(logger)
        })
        .await?;
        let inbox = PushInbox::start().await?;
        println!("{}", banner::text(&server.url(), callable(inbox.push_url(), &server)));
        let printing = tokio::spawn(print(inbox));
        tokio::signal::ctrl_c().await?;
        printing.abort();
        server.stop().await;
        Ok(())
    }
}

/// Prints each ping as a line.
async fn print(mut inbox: PushInbox) {
    while let Some(Ping { method, path, body }) = inbox.next().await {
        println!("--> Bob's push URL rings: {method} {path} {body}");
    }
}

/// Warns of variables that look like settings and have no effect, in one line for each reason.
fn warn() {
    if let Some(unknown) = UnknownSettings::of_process() {
        eprintln!("{unknown}");
    }
    let names = env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let own: Vec<_> = names.filter(|name| environment::is_own(name)).collect();
    if !own.is_empty() {
        eprintln!("settings: the local server has its own, and does not read: {}", own.join(", "));
    }
}

/// Returns the variables of the shell that are Unicode. A setting that is not Unicode is a fault.
fn variables(settings: &mut Settings<'_>) -> Vec<(String, String)> {
    let mut variables = Vec::new();
    for (name, value) in env::vars_os() {
        let Ok(name) = name.into_string() else { continue };
        match value.into_string() {
            Ok(value) => variables.push((name, value)),
            Err(_) if environment::is_overridable(&name) => {
                settings.fault(format!("{name}: not Unicode"));
            }
            Err(_) => {}
        }
    }
    variables
}

/// Returns the push URL if the server would call it.
fn callable<'a>(push_url: &'a str, server: &LocalServer) -> Option<&'a str> {
    let mut settings = Settings::new(|name| server.environment().get(name));
    let policy = PushPolicy::from_settings(&mut settings)?;
    PushUrl::parse(push_url, &policy).is_ok().then_some(push_url)
}
