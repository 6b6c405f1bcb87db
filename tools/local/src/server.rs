//! Starting and stopping the whole service.

use std::{
    error::Error,
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
};

use loop_core::Settings;
use loop_http::{Clock, Logger};
use loop_push::VapidKey;
use loop_testkit::EmbeddedDynamoDb;
use tokio::{net::TcpListener, sync::Notify, task::JoinHandle};

use crate::{
    data::{DataDirectory, Keys},
    environment::Environment,
    functions::Functions,
    gateway,
};

/// The name of the local table.
pub const TABLE: &str = "loop";

/// What a failed start says to the developer.
pub type StartError = Box<dyn Error + Send + Sync>;

/// How a local server is to run.
#[derive(Debug)]
pub struct Options {
    /// The address to listen on.
    pub host: IpAddr,
    /// The port to listen on; 0 takes any free one.
    pub port: u16,
    /// Where data and keys are kept; without it, nowhere.
    pub data_directory: Option<PathBuf>,
    /// A DynamoDB that already runs and has the table, instead of the embedded one.
    pub database_url: Option<String>,
    /// Variables of the shell, some of which override the defaults ([`Environment`]).
    pub variables: Vec<(String, String)>,
    /// Where the time comes from.
    pub clock: Clock,
    /// Where log lines go.
    pub logger: Logger,
}

/// A running service. It stops when it is dropped.
#[derive(Debug)]
pub struct LocalServer {
    address: SocketAddr,
    environment: Environment,
    functions: Functions,
    database: Option<EmbeddedDynamoDb>,
    stop: Arc<Notify>,
    gateway: JoinHandle<io::Result<()>>,
}

impl Options {
    /// On any free port of this machine, keeping nothing.
    pub fn new(logger: Logger) -> Self {
        Self {
            host: Ipv4Addr::LOCALHOST.into(),
            port: 0,
            data_directory: None,
            database_url: None,
            variables: Vec::new(),
            clock: Clock::system(),
            logger,
        }
    }
}

impl LocalServer {
    /// Starts the database and the gateway.
    ///
    /// # Errors
    /// The port is taken, the data can't be opened, or a variable is faulty.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let listener = listen(options.host, options.port).await?;
        let address = listener.local_addr()?;
        let (keys, database_file) = match &options.data_directory {
            Some(path) => {
                let directory = DataDirectory::open(path)?;
                (directory.keys()?, Some(directory.database()))
            }
            None => (Keys::generate()?, None),
        };
        let (database, database_url) = match options.database_url {
            Some(url) => (None, url),
            None => {
                let database = EmbeddedDynamoDb::start(database_file.as_deref()).await?;
                database.create_table(TABLE)?;
                let url = database.endpoint_url();
                (Some(database), url)
            }
        };
        let environment = environment(address, &database_url, &keys, options.variables)?;
        let mut settings = Settings::new(|name| environment.get(name));
        let functions = Functions::from_settings(&mut settings, &options.clock, &options.logger);
        let functions = settings.finish(functions)?;
        let router = gateway::router(functions.clone(), options.clock);
        let stop = Arc::new(Notify::new());
        let stopped = Arc::clone(&stop);
        let gateway = tokio::spawn(async move {
            let stopped = async move { stopped.notified().await };
            axum::serve(listener, router).with_graceful_shutdown(stopped).await
        });
        Ok(Self { address, environment, functions, database, stop, gateway })
    }

    /// Where it is reached, such as `http://localhost:3000`.
    pub fn url(&self) -> String {
        origin(self.address)
    }

    /// What its functions read as their environment.
    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    /// Its functions, to be invoked with events instead of HTTP requests.
    pub fn functions(&self) -> &Functions {
        &self.functions
    }

    /// Its embedded database, unless it uses another one.
    pub fn database(&self) -> Option<&EmbeddedDynamoDb> {
        self.database.as_ref()
    }

    /// Lets running requests finish, then closes the database.
    pub async fn stop(mut self) {
        self.stop.notify_one();
        // It was only ever the listener that could fail, and we are done with it.
        let _ = (&mut self.gateway).await;
        if let Some(database) = self.database.take() {
            database.stop().await;
        }
    }
}

impl Drop for LocalServer {
    fn drop(&mut self) {
        self.gateway.abort();
    }
}

async fn listen(host: IpAddr, port: u16) -> Result<TcpListener, StartError> {
    TcpListener::bind((host, port)).await.map_err(|error| {
        let hint = match error.kind() {
            io::ErrorKind::AddrInUse => "; choose another with --port",
            _ => "",
        };
        format!("can't listen on {host}, port {port}: {error}{hint}").into()
    })
}

fn environment(
    address: SocketAddr,
    database_url: &str,
    keys: &Keys,
    variables: Vec<(String, String)>,
) -> Result<Environment, StartError> {
    let mut environment =
        Environment::new(&origin(address), database_url, keys).overridden_by(variables);
    let mut settings = Settings::new(|name| environment.get(name));
    let vapid = VapidKey::from_settings(&mut settings);
    let public_key = settings.finish(vapid)?.map(|key| key.public_key());
    if let Some(public_key) = public_key {
        environment.set("LOOP_VAPID_PUBLIC_KEY", public_key);
    }
    Ok(environment)
}

/// By name, because browsers and cookies tell `localhost` from `127.0.0.1`, and people type the
/// former.
fn origin(address: SocketAddr) -> String {
    format!("http://localhost:{}", address.port())
}
