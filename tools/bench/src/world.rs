//! What a function finds when it starts: its settings, and whom it talks to.

use std::ops::Sub;

use emulator::RuntimeApi;
use loop_testkit::{ChannelPeers, PushReceiver, TEST_KEY_RING};
use serde_json::Value;

use crate::{
    Failure,
    capacity::CapacityMeter,
    events,
    subject::{Needs, Subject},
    table::{self, Table},
    tls::{Certificate, Terminator},
};

/// Made with `cargo run -p keys -- vapid` and published here, so it protects nothing.
const VAPID_KEY: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg5D36T7Rm4B-P00mwFRQxrKS112Dc\
    yTH6bvQ-YvHrubGhRANCAARZKjObpi_4REn36TWGHX3kmoRHcvnkDJ73udHz6GFTV582jYFmkYxxBil9uw6cukSDszCz\
    EZBPc1TT9v9lZ262";

/// What all runs share.
pub(crate) struct World {
    certificate: Certificate,
    push: PushReceiver,
}

/// What one run has for itself.
pub(crate) struct Surroundings<'a> {
    world: &'a World,
    pub(crate) api: RuntimeApi,
    table: Option<Table>,
    /// In front of it, as AWS has it.
    table_terminator: Option<Terminator>,
    /// The gateway and the queue of the call channel.
    peers: Option<ChannelPeers>,
    peers_terminators: Vec<Terminator>,
    settings: Vec<(&'static str, String)>,
}

/// How many connections there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Connections {
    /// To DynamoDB.
    pub(crate) to_table: usize,
    /// To the gateway of the call channel, and to its queue.
    to_peers: usize,
}

impl World {
    pub(crate) async fn new() -> Result<Self, Failure> {
        Ok(Self { certificate: Certificate::new()?, push: PushReceiver::start().await })
    }

    /// With a new table, if one is needed.
    pub(crate) async fn surroundings(&self, needs: Needs) -> Result<Surroundings<'_>, Failure> {
        let mut surroundings = self.empty_surroundings().await;
        if needs != Needs::Nothing {
            let table = Table::start().await?;
            let url = table.endpoint_url();
            surroundings.add_table(table, &url).await?;
        }
        if needs.is_call() {
            surroundings.add_peers().await?;
        }
        Ok(surroundings)
    }

    /// With a new table, and a meter in front of it.
    pub(crate) async fn metered_surroundings(
        &self,
    ) -> Result<(Surroundings<'_>, CapacityMeter), Failure> {
        let mut surroundings = self.empty_surroundings().await;
        let table = Table::start().await?;
        let meter = CapacityMeter::start(table.endpoint_url()).await?;
        surroundings.add_table(table, &meter.url()).await?;
        Ok((surroundings, meter))
    }

    /// A push URL that is answered.
    pub(crate) fn push_url(&self, path: &str) -> String {
        self.push.url(path)
    }

    async fn empty_surroundings(&self) -> Surroundings<'_> {
        Surroundings {
            world: self,
            api: RuntimeApi::start().await,
            table: None,
            table_terminator: None,
            peers: None,
            peers_terminators: vec![],
            settings: settings(),
        }
    }

    /// In front of what listens without TLS at `url`.
    async fn terminator(&self, url: &str) -> Result<Terminator, Failure> {
        Ok(Terminator::start(&self.certificate, url.replace("http://", "")).await?)
    }
}

impl Surroundings<'_> {
    /// All settings that any function has; each reads its own.
    pub(crate) fn settings(&self) -> Vec<(&str, &str)> {
        self.settings.iter().map(|(name, value)| (*name, value.as_str())).collect()
    }

    /// How many connections there have been.
    pub(crate) fn connections(&self) -> Connections {
        Connections {
            to_table: self.table_terminator.as_ref().map_or(0, Terminator::accepted),
            to_peers: self.peers_terminators.iter().map(Terminator::accepted).sum(),
        }
    }

    /// The events for `count` invocations, with what they need. May be asked for once.
    pub(crate) async fn events(
        &self,
        subject: &Subject,
        count: u32,
    ) -> Result<Vec<Value>, Failure> {
        let push_url = self.world.push.url("/bob");
        events::prepare(subject, self.table.as_ref(), &push_url, count).await
    }

    /// Whether the function did its work since the last time, and did not just answer.
    ///
    /// # Errors
    /// It did not; says what it answered.
    pub(crate) fn check(&self, subject: &Subject, answer: &Value) -> Result<(), Failure> {
        let told = self.peers.as_ref().map_or(0, |peers| peers.take().len());
        if subject.is_right(answer) && told == subject.told {
            return Ok(());
        }
        let name = subject.name;
        Err(format!("{name}: not the right answer, with {told} messages: {answer}").into())
    }

    /// The table, which is reached at `url`.
    async fn add_table(&mut self, table: Table, url: &str) -> Result<(), Failure> {
        let terminator = self.world.terminator(url).await?;
        self.settings.push(("AWS_ENDPOINT_URL_DYNAMODB", terminator.url()));
        let root = self.world.certificate.root().to_string_lossy().into_owned();
        self.settings.push(("AWS_CA_BUNDLE", root));
        self.table = Some(table);
        self.table_terminator = Some(terminator);
        Ok(())
    }

    async fn add_peers(&mut self) -> Result<(), Failure> {
        let peers = ChannelPeers::start().await;
        for setting in ["AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI", "AWS_ENDPOINT_URL_SQS"] {
            let terminator = self.world.terminator(&peers.endpoint_url()).await?;
            self.settings.push((setting, terminator.url()));
            self.peers_terminators.push(terminator);
        }
        self.peers = Some(peers);
        Ok(())
    }
}

impl Connections {
    pub(crate) fn all(self) -> usize {
        self.to_table + self.to_peers
    }
}

impl Sub for Connections {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self {
            to_table: self.to_table - earlier.to_table,
            to_peers: self.to_peers - earlier.to_peers,
        }
    }
}

fn settings() -> Vec<(&'static str, String)> {
    [
        ("LOOP_TABLE", table::NAME),
        ("LOOP_TOKEN_KEYS", TEST_KEY_RING),
        // The second is where the events register, the first where a ping can be answered here.
        ("LOOP_PUSH_HOSTS", "localhost,*.push.services.mozilla.com"),
        ("LOOP_VAPID_KEY", VAPID_KEY),
        ("LOOP_VAPID_SUBJECT", "https://loop.example.org/"),
        // No request to anybody else: what it would take depends on who is asked.
        ("LOOP_PROVIDER", "livekit"),
        ("LIVEKIT_URL", "ws://localhost:7880"),
        ("LIVEKIT_API_KEY", "devkey"),
        ("LIVEKIT_API_SECRET", "secret-of-devkey-for-development-only"),
        // The call channel's functions have to be told where the pages are.
        ("LOOP_PUBLIC_URL", "https://loop.example.org"),
        ("LOOP_CHANNEL_ENDPOINT", "https://channel.example.org/live"),
        ("LOOP_DEADLINE_QUEUE_URL", "https://sqs.us-east-1.amazonaws.com/1/deadlines"),
        ("LOOP_STUN_URLS", "stun:stun.example.org"),
        ("LOOP_TURN_URLS", "turn:turn.example.org"),
        ("LOOP_TURN_SECRET", "north"),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .to_vec()
}
