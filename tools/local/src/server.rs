//! The start and stop of the whole service.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
};

use emulator::{
    EmbeddedDynamoDb, delay_queue::DelayQueue, http_api, serving::Serving,
    websocket_api::ChannelGateway,
};
use loop_core::{Clock, Settings};
use loop_lambda::Logger;
use loop_push::VapidKey;

use crate::{
    data::{DataDirectory, Keys},
    environment::{Addresses, Environment, TABLE},
    functions::Functions,
    listening::{StartError, listen},
    own_name::under_own_name,
};

/// The options of a local server. Variables may be secret, so `Debug` shows only their names.
pub struct Options {
    /// The address to listen on.
    pub host: IpAddr,
    /// The port to listen on; 0 takes any free one.
    pub port: u16,
    /// The directory in which data and keys are kept; without it, they are lost at the end.
    pub data_directory: Option<PathBuf>,
    /// A DynamoDB that already runs and has the table, instead of the embedded one.
    pub database_url: Option<String>,
    /// Variables of the shell, some of which override the defaults ([`Environment`]).
    pub variables: Vec<(String, String)>,
    /// The clock of all functions.
    pub clock: Clock,
    /// The logger of all functions.
    pub logger: Logger,
}

/// A running service. It stops when it is dropped.
#[derive(Debug)]
pub struct LocalServer {
    address: SocketAddr,
    environment: Environment,
    functions: Functions,
    database: Option<EmbeddedDynamoDb>,
    channel: ChannelGateway,
    delay_queue: DelayQueue,
    /// The server that browsers speak to.
    public: Serving,
    /// The server that the functions speak to, which plays the other services of AWS.
    services: Serving,
}

impl Options {
    /// Returns the options of a server on any free port of this machine that keeps nothing.
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

impl fmt::Debug for Options {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.variables.iter().map(|(name, _)| name).collect();
        formatter
            .debug_struct("Options")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("data_directory", &self.data_directory)
            .field("variables", &names)
            .finish_non_exhaustive()
    }
}

impl LocalServer {
    /// Starts the database, the gateways and the queue.
    ///
    /// # Errors
    /// The port is taken, the data cannot be opened, or a variable is faulty.
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
        let services = listen(Ipv4Addr::LOCALHOST.into(), 0).await?;
        let addresses = Addresses {
            host: options.host,
            origin: &origin(address),
            database_url: &database_url,
            services_url: &format!("http://{}", services.local_addr()?),
        };
        let environment = environment(addresses, &keys, options.variables)?;
        let mut settings = Settings::new(|name| environment.get(name));
        let functions = Functions::from_settings(&mut settings, &options.clock, &options.logger);
        let functions = settings.finish(functions)?;
        let channel = ChannelGateway::new(functions.channel(), options.clock.clone());
        let delay_queue = DelayQueue::new(functions.deadline(), options.clock.clone());
        let services =
            Serving::start(services, channel.management_routes().merge(delay_queue.routes()));
        let public_origin = environment.get("LOOP_PUBLIC_URL").unwrap_or_default();
        let router = http_api::router(functions.http(), options.clock);
        let router = under_own_name(router, &public_origin);
        let public = Serving::start(listener, router.merge(channel.public_routes()));
        Ok(Self {
            address,
            environment,
            functions,
            database,
            channel,
            delay_queue,
            public,
            services,
        })
    }

    /// Returns the URL of the service, such as `http://localhost:3000`.
    pub fn url(&self) -> String {
        origin(self.address)
    }

    /// Returns the variables that its functions read as their environment.
    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    /// Returns its functions, to be invoked with events instead of HTTP requests.
    pub fn functions(&self) -> &Functions {
        &self.functions
    }

    /// Returns its embedded database, unless it uses another one.
    pub fn database(&self) -> Option<&EmbeddedDynamoDb> {
        self.database.as_ref()
    }

    /// Returns the gateway of the call channel.
    pub fn channel(&self) -> &ChannelGateway {
        &self.channel
    }

    /// Returns the queue whose messages end waits.
    pub fn delay_queue(&self) -> &DelayQueue {
        &self.delay_queue
    }

    /// Lets running requests finish, ends all connections, then closes the database.
    pub async fn stop(self) {
        let Self { channel, public, services, database, .. } = self;
        // The order is from the outside to the inside: each part still needs those after it.
        public.stop().await;
        channel.stop().await;
        services.stop().await;
        if let Some(database) = database {
            database.stop().await;
        }
    }
}

fn environment(
    addresses: Addresses<'_>,
    keys: &Keys,
    variables: Vec<(String, String)>,
) -> Result<Environment, StartError> {
    let mut environment = Environment::new(addresses, keys).overridden_by(variables);
    let mut settings = Settings::new(|name| environment.get(name));
    let vapid = VapidKey::from_settings(&mut settings);
    let public_key = settings.finish(vapid)?.map(|key| key.public_key());
    if let Some(public_key) = public_key {
        environment.set("LOOP_VAPID_PUBLIC_KEY", public_key);
    }
    Ok(environment)
}

/// Returns the origin with the name `localhost`, because browsers and cookies tell it from
/// `127.0.0.1`, and people type the name.
fn origin(address: SocketAddr) -> String {
    format!("http://localhost:{}", address.port())
}
