//! What a function finds where it runs.

use std::{collections::BTreeMap, fs, path::Path, time::Duration};

use emulator::{EmbeddedDynamoDb, LambdaProcess, RuntimeApi};
use local::{LocalServer, Options, environment::TABLE};
use loop_core::{
    Call, CallId, CallType, Clock, Device, DeviceId, ParticipantToken, ProviderSession, PushKind,
    RemoteId, Settings, UnixMillis, UrlId, UserId,
};
use loop_lambda::{LogFormat, Logger};
use loop_store::{Registrant, Store};
use loop_testkit::{PushReceiver, TEST_KEY_RING};
use serde_json::Value;

/// Who made the call token and the session that stand in the events.
const CALLEE: UserId = UserId::from_bytes([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);

/// Made with `cargo run -p keys -- vapid`, for tests alone.
const VAPID_KEY: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg23vC7W0B0hqICCAnOtaWCC8p_U0P8hGtI23zOQGk\
    W5yhRANCAARufHH-5bSJNonuNtXwRhPf9eUhIDXniazFvv51C6SheH0YqGHhqLVsRFG98E-LRIEvSSBq6J3Xu2uVtXJxckS_";

/// The event of a function: `events/<function>.json`.
pub fn event(function: &str) -> Value {
    let events = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events");
    serde_json::from_str(&fs::read_to_string(events.join(format!("{function}.json"))).unwrap())
        .unwrap()
}

/// A local server whose table holds the callee's device and one call.
pub(crate) struct World {
    pub(crate) server: LocalServer,
    database: EmbeddedDynamoDb,
}

impl World {
    pub(crate) async fn new(push: &PushReceiver) -> Self {
        let database = EmbeddedDynamoDb::start(None).await.unwrap();
        database.create_table(TABLE).unwrap();
        let variables = [
            ("LOG_FORMAT", "json"),
            ("LOOP_PUBLIC_URL", "https://loop.example.org"),
            ("LOOP_TOKEN_KEYS", TEST_KEY_RING),
            ("LOOP_VAPID_KEY", VAPID_KEY),
        ];
        let server = LocalServer::start(Options {
            database_url: Some(database.endpoint_url()),
            variables: variables.map(|(n, v)| (n.to_owned(), v.to_owned())).into(),
            ..Options::new(Logger::new(LogFormat::Json, std::io::sink()))
        })
        .await
        .unwrap();
        let world = Self { server, database };
        world.populate(push).await;
        world
    }

    /// What the functions of the server read as their environment.
    pub(crate) fn environment(&self) -> BTreeMap<&str, &str> {
        self.server.environment().iter().collect()
    }

    /// Where its table is.
    pub(crate) fn database_url(&self) -> String {
        self.database.endpoint_url()
    }

    async fn populate(&self, push: &PushReceiver) {
        let mut settings = Settings::new(|name| self.server.environment().get(name));
        let store = Store::from_settings(&mut settings);
        let store = settings.finish(store).unwrap();
        let now = Clock::system().now();
        store.register(CALLEE, Registrant::New, &device(push, now), now).await.unwrap();
        let state = store.callee(CALLEE, UrlId::from_bytes([0; 8]), None, now).await.unwrap();
        store.place(CALLEE, &state, &call(now), now).await.unwrap();
    }
}

/// Starts a function's binary.
pub(crate) async fn spawn(binary: &str, environment: &BTreeMap<&str, &str>) -> LambdaProcess {
    let environment: Vec<_> = environment.iter().map(|(name, value)| (*name, *value)).collect();
    RuntimeApi::start().await.spawn(Path::new(binary), &environment).unwrap()
}

fn device(push: &PushReceiver, now: UnixMillis) -> Device {
    let push_url = push.url("/callee");
    Device {
        id: DeviceId::of_push_url(&push_url),
        kind: PushKind::SimplePush,
        push_url,
        registered_at: now,
        expires_at: now.seconds().after(Duration::from_mins(10)),
    }
}

fn call(now: UnixMillis) -> Call {
    Call {
        id: CallId::from_bytes([7; 16]),
        url: UrlId::from_bytes([1; 8]),
        remote_id: RemoteId::try_from("alice@example.com".to_owned()).unwrap(),
        call_type: CallType::Audio,
        session: ProviderSession {
            provider: "livekit".to_owned(),
            api_key: "devkey".to_owned(),
            session_id: "room".to_owned(),
            server_url: "ws://localhost:7880".to_owned(),
        },
        callee_token: ParticipantToken::new("token"),
        caller_token: None,
        expires_at: now.seconds().after(Duration::from_mins(10)),
        slot_expires_at: now.seconds().after(Duration::from_mins(10)),
    }
}
