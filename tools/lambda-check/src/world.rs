//! The environment in which a function runs: its table and its peers.

use std::{collections::BTreeMap, path::Path};

use emulator::{EmbeddedDynamoDb, LambdaProcess, RuntimeApi};
use loop_core::{Clock, PushKind, Settings, UrlId};
use loop_store::{Registrant, Store};
use loop_testkit::{
    ChannelPeers, PushReceiver, TEST_VAPID_KEY, TEST_VAPID_PUBLIC_KEY,
    fixtures::{CALL, CALLEE, call, device},
};

const TABLE: &str = "loop";

/// A table that holds the callee's device and one call, and the peers of the call channel.
pub(crate) struct World {
    /// The variables that functions read as their environment.
    pub(crate) environment: BTreeMap<String, String>,
    // Both servers stop when these are dropped.
    _database: EmbeddedDynamoDb,
    _peers: ChannelPeers,
}

impl World {
    pub(crate) async fn new(push: &PushReceiver) -> Self {
        let database = EmbeddedDynamoDb::start(None).await.unwrap();
        database.create_table(TABLE).unwrap();
        let peers = ChannelPeers::start().await;
        let mut environment = peers.environment(&database.endpoint_url(), TABLE);
        let own = [
            ("LIVEKIT_API_KEY", "devkey"),
            ("LIVEKIT_API_SECRET", "secret"),
            ("LIVEKIT_URL", "ws://localhost:7880"),
            ("LOG_FORMAT", "json"),
            ("LOOP_CHANNEL_ENDPOINT", &peers.endpoint_url()),
            ("LOOP_CHANNEL_URL", "wss://channel.example.org/live"),
            ("LOOP_PROVIDER", "direct"),
            ("LOOP_PUBLIC_URL", "https://loop.example.org"),
            // The events register a push URL at the second of these hosts.
            ("LOOP_PUSH_HOSTS", "localhost,*.push.services.mozilla.com"),
            ("LOOP_VAPID_KEY", TEST_VAPID_KEY),
            ("LOOP_VAPID_PUBLIC_KEY", TEST_VAPID_PUBLIC_KEY),
            ("LOOP_VAPID_SUBJECT", "mailto:developer@example.com"),
        ];
        environment.extend(own.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let world = Self { environment, _database: database, _peers: peers };
        world.populate(push).await;
        world
    }

    async fn populate(&self, push: &PushReceiver) {
        let mut settings = Settings::new(|name| self.environment.get(name).cloned());
        let store = Store::from_settings(&mut settings);
        let store = settings.finish(store).unwrap();
        let now = Clock::system().now();
        let device = device(PushKind::SimplePush, &push.url("/callee"), now);
        store.register(CALLEE, Registrant::New, &device, now).await.unwrap();
        let state = store.callee(CALLEE, UrlId::from_bytes([0; 8]), None, now).await.unwrap();
        store.place(CALLEE, &state, &call(CALL, now), now).await.unwrap();
    }
}

/// Starts a function's binary.
pub(crate) async fn spawn(binary: &str, environment: &BTreeMap<String, String>) -> LambdaProcess {
    let environment: Vec<_> =
        environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    RuntimeApi::start().await.spawn(Path::new(binary), &environment).unwrap()
}
