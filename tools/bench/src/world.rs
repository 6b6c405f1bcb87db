//! What a function finds when it starts: its settings, and the services that it talks to.

use emulator::RuntimeApi;
use load::BoxError;
use loop_testkit::{ChannelPeers, PushReceiver, TEST_KEY_RING, TEST_VAPID_KEY};
use serde_json::Value;

use crate::{
    capacity_meter::CapacityMeter,
    subject::{Needs, Subject},
    table::{self, Table},
    tls::{Certificate, Terminator},
};

/// The settings of all functions; each reads its own. Those of [`Stack`]s are not among them.
const SETTINGS: [(&str, &str); 15] = [
    ("LOOP_TABLE", table::NAME),
    ("LOOP_TOKEN_KEYS", TEST_KEY_RING),
    // The second is where the events register, the first where a ping can be received here.
    ("LOOP_PUSH_HOSTS", "localhost,*.push.services.mozilla.com"),
    ("LOOP_VAPID_KEY", TEST_VAPID_KEY),
    ("LOOP_VAPID_SUBJECT", "https://loop.example.org/"),
    // A provider to which no request is made: how long it took would depend on the provider.
    ("LOOP_PROVIDER", "livekit"),
    ("LIVEKIT_URL", "ws://localhost:7880"),
    ("LIVEKIT_API_KEY", "devkey"),
    ("LIVEKIT_API_SECRET", "secret-of-devkey-for-development-only"),
    ("LOOP_PUBLIC_URL", "https://loop.example.org"),
    ("LOOP_CHANNEL_ENDPOINT", "https://channel.example.org/live"),
    ("LOOP_DEADLINE_QUEUE_URL", "https://sqs.us-east-1.amazonaws.com/1/deadlines"),
    ("LOOP_STUN_URLS", "stun:stun.example.org"),
    ("LOOP_TURN_URLS", "turn:turn.example.org"),
    ("LOOP_TURN_SECRET", "north"),
];

/// What all runs share.
pub(crate) struct World {
    certificate: Certificate,
    push: PushReceiver,
}

/// What one run has for itself.
pub(crate) struct Stack<'a> {
    world: &'a World,
    pub(crate) api: RuntimeApi,
    table: Option<Table>,
    /// The gateway and the queue of the call channel.
    peers: Option<ChannelPeers>,
    /// TLS in front of each service, with the setting that has its URL: DynamoDB's first.
    terminators: Vec<(&'static str, Terminator)>,
    trusted_root: String,
}

/// Connections that functions have opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Connections {
    pub(crate) to_table: usize,
    pub(crate) all: usize,
}

impl World {
    pub(crate) async fn new() -> Result<Self, BoxError> {
        Ok(Self { certificate: Certificate::new()?, push: PushReceiver::start().await })
    }

    /// Starts a stack, with an empty table if one is needed.
    pub(crate) async fn stack(&self, needs: Needs) -> Result<Stack<'_>, BoxError> {
        let mut stack = self.empty_stack().await;
        if needs != Needs::Nothing {
            let table = Table::start().await?;
            stack.add("AWS_ENDPOINT_URL_DYNAMODB", &table.endpoint_url()).await?;
            stack.table = Some(table);
        }
        if matches!(needs, Needs::PlacedCall | Needs::RingingCall | Needs::OverdueCall) {
            let peers = ChannelPeers::start().await;
            for setting in ["AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI", "AWS_ENDPOINT_URL_SQS"] {
                stack.add(setting, &peers.endpoint_url()).await?;
            }
            stack.peers = Some(peers);
        }
        Ok(stack)
    }

    /// Starts a stack with an empty table, and a meter in front of it.
    pub(crate) async fn metered_stack(&self) -> Result<(Stack<'_>, CapacityMeter), BoxError> {
        let mut stack = self.empty_stack().await;
        let table = Table::start().await?;
        let meter = CapacityMeter::start(table.endpoint_url()).await?;
        stack.add("AWS_ENDPOINT_URL_DYNAMODB", &meter.url()).await?;
        stack.table = Some(table);
        Ok((stack, meter))
    }

    /// Returns a push URL of a device whose pings are received.
    pub(crate) fn push_url(&self, path: &str) -> String {
        self.push.url(path)
    }

    async fn empty_stack(&self) -> Stack<'_> {
        Stack {
            world: self,
            api: RuntimeApi::start().await,
            table: None,
            peers: None,
            terminators: vec![],
            trusted_root: self.certificate.root(),
        }
    }
}

impl Stack<'_> {
    /// Returns the settings of all functions.
    pub(crate) fn settings(&self) -> Vec<(&str, &str)> {
        let urls = self.terminators.iter().map(|(setting, it)| (*setting, it.url()));
        let root = ("AWS_CA_BUNDLE", self.trusted_root.as_str());
        SETTINGS.into_iter().chain(urls).chain([root]).collect()
    }

    /// Returns how many connections there have been since the last time.
    pub(crate) fn take_connections(&self) -> Connections {
        let mut connections = Connections::default();
        for (setting, terminator) in &self.terminators {
            let accepted = terminator.take_accepted();
            connections.all += accepted;
            if *setting == "AWS_ENDPOINT_URL_DYNAMODB" {
                connections.to_table += accepted;
            }
        }
        connections
    }

    /// Prepares `count` invocations, and returns their events. May be called once.
    pub(crate) async fn events(
        &self,
        subject: &Subject,
        count: u32,
    ) -> Result<Vec<Value>, BoxError> {
        let push_url = self.world.push_url("/bob");
        let mut events = Vec::new();
        for number in 0..count {
            events.push(match &self.table {
                Some(table) => table.prepare(subject, &push_url, number).await?,
                None => subject.event.clone(),
            });
        }
        Ok(events)
    }

    /// Checks that the function did its work since the last time, and did not only respond.
    ///
    /// # Errors
    /// It did not; says how it responded.
    pub(crate) fn check(&self, subject: &Subject, response: &Value) -> Result<(), BoxError> {
        subject.check(response, self.peers.as_ref().map_or(0, |peers| peers.take().len()))
    }

    /// Puts TLS in front of the service that listens at `url`, as AWS has it.
    async fn add(&mut self, setting: &'static str, url: &str) -> Result<(), BoxError> {
        let upstream = url.replace("http://", "");
        let terminator = Terminator::start(&self.world.certificate, upstream).await?;
        self.terminators.push((setting, terminator));
        Ok(())
    }
}
