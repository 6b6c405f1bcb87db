//! Runs a function's binary under the Lambda Runtime API, gives it its event from `events/`, and
//! compares what comes back with the local server's answer to the same event.
//!
//! A library of its own because it needs the local server, on which the testkit cannot depend; the
//! tests of every function depend on it.

#![warn(missing_docs)]
#![allow(clippy::unwrap_used, reason = "this is test code: a panic is its way to report")]

mod normal;

use std::{collections::BTreeMap, fs, path::Path};

use local::{LocalServer, Options, server::TABLE};
use loop_core::{
    Call, CallId, CallType, Device, DeviceId, ParticipantToken, ProviderSession, PushKind,
    RemoteId, Settings, UnixMillis, UrlId, UserId,
};
use loop_http::{Clock, LogFormat, Logger};
use loop_store::{Registrant, Store};
use loop_testkit::{EmbeddedDynamoDb, PushReceiver, RuntimeApi, TEST_KEY_RING};
use serde_json::Value;

/// Who made the call token and the session that stand in the events.
const CALLEE: UserId = UserId::from_bytes([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);

/// Checks that the function built as `binary` answers `events/<function>.json` with success, and
/// with what the local server answers, but for what is random in it.
///
/// # Panics
/// They differ, which is the finding.
pub async fn same_answer(binary: &str, function: &str) {
    let event = event(function);
    let push = PushReceiver::start().await;
    let (here, there) = (World::new(&push).await, World::new(&push).await);

    let local = here.server.functions().invoke(function, event.clone()).await.unwrap();
    let local = normal::of_response(local);
    assert!(local.status.starts_with('2'), "{function}: {local:?}");

    let mut environment: BTreeMap<&str, &str> = here.server.environment().iter().collect();
    let database_url = there.database.endpoint_url();
    environment.insert("AWS_ENDPOINT_URL_DYNAMODB", &database_url);
    let environment: Vec<_> = environment.into_iter().collect();
    let process = RuntimeApi::start().await.spawn(Path::new(binary), &environment).unwrap();
    let answer = process.invoke(event.clone()).await;
    let answer = answer.unwrap_or_else(|error| panic!("{error:?}: {:?}", process.output()));
    assert_eq!(normal::of_event_answer(&answer), local, "{function}");

    // The instance lives on: it answers again, and nothing but log lines was written.
    process.invoke(event).await.unwrap();
    let output = process.output();
    assert_eq!(output.stderr, "", "{function}");
    for line in output.stdout.lines() {
        assert!(serde_json::from_str::<Value>(line).is_ok(), "{function}: {line}");
    }
}

/// Checks that the function built as `binary` does not start without its settings, and says why
/// in one line.
///
/// # Panics
/// It starts, or says something else.
pub async fn says_which_settings_are_missing(binary: &str, settings: &[&str]) {
    let process = RuntimeApi::start().await.spawn(Path::new(binary), &[]).unwrap();
    let status = process.exit(loop_testkit::runtime_api::INVOCATION_DEADLINE).await.unwrap();
    assert!(!status.success());
    let fault = process.output().stderr;
    assert_eq!(fault.lines().count(), 1, "{fault}");
    for setting in settings {
        assert!(fault.contains(&format!("{setting} is missing")), "{setting}: {fault}");
    }
}

/// A local server whose table holds the callee's device and one call.
struct World {
    server: LocalServer,
    database: EmbeddedDynamoDb,
}

impl World {
    async fn new(push: &PushReceiver) -> Self {
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

    async fn populate(&self, push: &PushReceiver) {
        let mut settings = Settings::new(|name| self.server.environment().get(name));
        let store = Store::from_settings(&mut settings);
        let store = settings.finish(store).unwrap();
        let now = Clock::system().now();
        store.register(CALLEE, Registrant::New, &device(push, now), now).await.unwrap();
        let state = store.callee(CALLEE, UrlId::from_bytes([0; 8]), now).await.unwrap();
        store.place(CALLEE, &state, &call(now), now).await.unwrap();
    }
}

/// Made with `cargo run -p keys -- vapid`, for tests alone.
const VAPID_KEY: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg23vC7W0B0hqICCAnOtaWCC8p_U0P8hGtI23zOQGk\
    W5yhRANCAARufHH-5bSJNonuNtXwRhPf9eUhIDXniazFvv51C6SheH0YqGHhqLVsRFG98E-LRIEvSSBq6J3Xu2uVtXJxckS_";

fn event(function: &str) -> Value {
    let events = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events");
    serde_json::from_str(&fs::read_to_string(events.join(format!("{function}.json"))).unwrap())
        .unwrap()
}

fn device(push: &PushReceiver, now: UnixMillis) -> Device {
    let push_url = push.url("/callee");
    Device {
        id: DeviceId::of_push_url(&push_url),
        kind: PushKind::SimplePush,
        push_url,
        registered_at: now,
        expires_at: now.seconds().after(600),
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
        expires_at: now.seconds().after(600),
    }
}
