//! The surroundings of a function: its settings, and the services that it talks to.

use std::collections::BTreeMap;

use emulator::{InvocationError, RuntimeApi};
use load::BoxError;
use loop_testkit::{ChannelPeers, PushReceiver, TEST_VAPID_KEY};
use serde_json::Value;

use crate::{
    capacity_meter::CapacityMeter,
    subject::Subject,
    table::{self, Table},
    tls::{Certificate, Terminator},
};

/// The settings with the URLs of the services.
const DYNAMODB: &str = "AWS_ENDPOINT_URL_DYNAMODB";
const GATEWAY: &str = "AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI";
const QUEUE: &str = "AWS_ENDPOINT_URL_SQS";

/// Settings beside those of the call channel's functions.
const SETTINGS: [(&str, &str); 9] = [
    // The events register at the second host; pings are received at the first one.
    ("LOOP_PUSH_HOSTS", "localhost,*.push.services.mozilla.com"),
    ("LOOP_VAPID_KEY", TEST_VAPID_KEY),
    ("LOOP_VAPID_SUBJECT", "https://loop.example.org/"),
    // No request is made to this provider, so its speed plays no part.
    ("LOOP_PROVIDER", "livekit"),
    ("LIVEKIT_URL", "ws://localhost:7880"),
    ("LIVEKIT_API_KEY", "devkey"),
    ("LIVEKIT_API_SECRET", "secret-of-devkey-for-development-only"),
    ("LOOP_PUBLIC_URL", "https://loop.example.org"),
    ("LOOP_CHANNEL_ENDPOINT", "https://channel.example.org/live"),
];

/// The services that all runs share.
pub(crate) struct World {
    certificate: Certificate,
    push: PushReceiver,
}

/// The services and settings of a single run.
pub(crate) struct Stack {
    pub(crate) api: RuntimeApi,
    /// The meter in front of the table, if the run is metered.
    pub(crate) meter: Option<CapacityMeter>,
    table: Table,
    /// The gateway and the queue of the call channel.
    peers: ChannelPeers,
    /// The TLS servers in front of the services, by the services' settings.
    terminators: BTreeMap<&'static str, Terminator>,
    environment: BTreeMap<String, String>,
    push_url: String,
}

/// The numbers of connections that functions have opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Connections {
    pub(crate) to_table: usize,
    pub(crate) all: usize,
}

impl World {
    pub(crate) async fn new() -> Result<Self, BoxError> {
        Ok(Self { certificate: Certificate::new()?, push: PushReceiver::start().await })
    }

    /// Returns a push URL of the push service of all runs.
    pub(crate) fn push_url(&self, path: &str) -> String {
        self.push.url(path)
    }

    /// Starts a stack with an empty table, which is metered or not.
    pub(crate) async fn stack(&self, metered: bool) -> Result<Stack, BoxError> {
        let table = Table::start().await?;
        let peers = ChannelPeers::start().await;
        let mut dynamodb = table.endpoint_url();
        let mut environment = peers.environment(&dynamodb, table::NAME);
        let settings = SETTINGS.map(|(name, value)| (name.to_owned(), value.to_owned()));
        environment.extend(settings);
        environment.insert("AWS_CA_BUNDLE".to_owned(), self.certificate.root());
        let meter = if metered { Some(CapacityMeter::start(dynamodb).await?) } else { None };
        dynamodb = meter.as_ref().map_or_else(|| table.endpoint_url(), CapacityMeter::url);
        let mut terminators = BTreeMap::new();
        for (setting, url) in
            [(DYNAMODB, dynamodb), (GATEWAY, peers.endpoint_url()), (QUEUE, peers.endpoint_url())]
        {
            let upstream = url.replace("http://", "");
            let terminator = Terminator::start(&self.certificate, upstream).await?;
            environment.insert(setting.to_owned(), terminator.url().to_owned());
            terminators.insert(setting, terminator);
        }
        let (api, push_url) = (RuntimeApi::start().await, self.push_url("/bob"));
        Ok(Stack { api, meter, table, peers, terminators, environment, push_url })
    }
}

impl Stack {
    /// Returns the settings of all functions, of which each reads its own.
    pub(crate) fn settings(&self) -> Vec<(&str, &str)> {
        self.environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    /// Returns the numbers of connections since the last call of this method.
    pub(crate) fn take_connections(&self) -> Connections {
        let to_table = self.terminators[DYNAMODB].take_accepted();
        let [to_gateway, to_queue] =
            [GATEWAY, QUEUE].map(|it| self.terminators[it].take_accepted());
        Connections { to_table, all: to_table + to_gateway + to_queue }
    }

    /// Prepares `count` invocations, and returns their events. May be called once for each stack.
    pub(crate) async fn events(
        &self,
        subject: &Subject,
        count: u32,
    ) -> Result<Vec<Value>, BoxError> {
        let mut events = Vec::new();
        for number in 0..count {
            events.push(self.table.prepare(subject, &self.push_url, number).await?);
        }
        Ok(events)
    }

    /// Checks the response of a function, and its requests to the channel since the last check.
    ///
    /// # Errors
    /// The function has failed, or has not done its work.
    pub(crate) fn check(
        &self,
        subject: &Subject,
        response: Result<Value, InvocationError>,
    ) -> Result<(), BoxError> {
        let response = response.map_err(|error| format!("{}: {error}", subject.name))?;
        subject.check(&response, self.peers.take().len())
    }
}
