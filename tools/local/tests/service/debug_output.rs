//! The `Debug` output of values, which must not show more than the log may contain.

use std::{fmt::Debug, time::Duration};

use emulator::websocket_api::ChannelFunctions;
use local::{Options, data::Keys, functions::Functions};
use loop_channel::{ClientMessage, IceServers, ServerMessage};
use loop_core::{
    Call, CallId, CallSlot, CallToken, CallType, CallUrlClaims, CalleeName, Clock, Device,
    DeviceId, IdempotencyKey, KeyRing, Participant, ParticipantToken, PendingCall, ProviderSession,
    PushTarget, RemoteId, Secret, Session, SessionToken, Settings, UnixMillis, UnixSeconds, UrlId,
    UserId, VerifiedCallUrl,
    progress::{CallState, Role},
};
use loop_lambda::{Fields, LogFormat, Logger, Sessions, Site};
use loop_provider::Provider;
use loop_push::{PushPolicy, PushUrl, Pusher, VapidKey};
use loop_store::{Binding, Store};
use serde_json::{Value, json, value::RawValue};

use crate::{
    secrets::Secrets,
    world::{BEGINNING, World},
};

const PUSH_URL: &str = "https://updates.push.services.mozilla.com/wpush/v2/of-bob-alone";
const REMOTE_ID: &str = "alice.of.rome@example.com";
const CALLEE_NAME: &str = "Bob of Carthage";
const KEY: &str = "an-idempotency-key-of-alice";
const SDP: &str = "v=0 o=- 20518 0 IN IP4 203.0.113.1";
const POLLING_ID: &str = "q83vEjRWeJCrze8SNFZ4kA";

/// A check of printed values against the secrets that must not be in them.
struct Printed {
    secrets: Secrets,
    count: usize,
}

impl Printed {
    fn new() -> Self {
        let secrets = Secrets::default();
        for text in [PUSH_URL, REMOTE_ID, CALLEE_NAME, KEY, SDP, POLLING_ID, "of-bob-alone"] {
            secrets.note(text, "what a client has sent");
        }
        Self { secrets, count: 0 }
    }

    #[track_caller]
    fn print(&mut self, value: &impl Debug) {
        let place = format!("what Debug makes of value {}", self.count);
        self.secrets.expect_none_in(&format!("{value:?}"), &place);
        self.secrets.expect_none_in(&format!("{value:#?}"), &place);
        self.count += 1;
    }
}

/// Returns all settings of all functions.
fn environment(provider: &str) -> Vec<(&'static str, String)> {
    let Keys { token_keys, vapid_key } = Keys::generate().unwrap();
    vec![
        ("AWS_ACCESS_KEY_ID", "AKIALOOP".into()),
        ("AWS_REGION", "eu-central-1".into()),
        ("AWS_SECRET_ACCESS_KEY", "the-secret-access-key".into()),
        ("AWS_SESSION_TOKEN", "the-aws-session-token".into()),
        ("LIVEKIT_API_KEY", "livekit".into()),
        ("LIVEKIT_API_SECRET", "the-livekit-api-secret-of-32-bytes".into()),
        ("LIVEKIT_URL", "wss://livekit.example.org".into()),
        ("LOOP_CHANNEL_ENDPOINT", "https://channel.example.org/live".into()),
        ("LOOP_CHANNEL_URL", "wss://channel.example.org/live".into()),
        ("LOOP_HEARTBEAT_TOKENS", "the-heartbeat-token-of-32-characters".into()),
        ("LOOP_ORIGIN_SECRETS", "the-origin-secret-of-32-characters-or-so".into()),
        ("LOOP_DEADLINE_QUEUE_URL", "https://sqs.example.org/1/deadlines".into()),
        ("LOOP_PROVIDER", provider.into()),
        ("LOOP_PUBLIC_URL", "https://loop.example.org".into()),
        ("LOOP_TABLE", "loop".into()),
        ("LOOP_TOKEN_KEYS", token_keys),
        ("LOOP_TURN_SECRET", "the-turn-secret".into()),
        ("LOOP_TURN_URLS", "turn:turn.example.org".into()),
        ("LOOP_VAPID_KEY", vapid_key),
        ("LOOP_VAPID_SUBJECT", "mailto:operator@example.org".into()),
        ("OPENTOK_API_KEY", "100".into()),
        ("OPENTOK_API_SECRET", "the-opentok-api-secret".into()),
    ]
}

fn built<T>(
    environment: &[(&str, String)],
    build: impl FnOnce(&mut Settings<'_>, &Clock, Logger) -> Option<T>,
) -> T {
    let lookup = |name: &str| environment.iter().find(|(known, _)| *known == name);
    let mut settings = Settings::new(|name| lookup(name).map(|(_, value)| value.clone()));
    let logger = Logger::new(LogFormat::Json, std::io::sink());
    let built = build(&mut settings, &Clock::system(), logger);
    settings.finish(built).unwrap()
}

#[test]
fn no_function_prints_its_settings() {
    for provider in ["direct", "livekit", "opentok"] {
        let environment = environment(provider);
        let mut printed = Printed::new();
        printed.secrets.note_settings(environment.iter().map(|(n, v)| (*n, v.as_str())));
        for aws in ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"] {
            let value = environment.iter().find(|(name, _)| *name == aws);
            printed.secrets.note(&value.unwrap().1, aws);
        }
        let functions = built(&environment, |settings, clock, logger| {
            Functions::from_settings(settings, clock, &logger)
        });
        for function in functions.http().values() {
            printed.print(&function.function());
        }
        let ChannelFunctions { connect, message, disconnect } = functions.channel();
        for function in [connect, message, disconnect, functions.deadline()] {
            printed.print(&function.function());
        }

        printed.print(&built(&environment, |settings, _, _| Provider::from_settings(settings)));
        printed.print(&built(&environment, |settings, _, _| Pusher::from_settings(settings)));
        printed.print(&built(&environment, |settings, _, _| VapidKey::from_settings(settings)));
        printed.print(&built(&environment, |settings, _, _| {
            loop_core::Keys::<SessionToken>::from_settings(settings)
        }));
        printed.print(&built(&environment, |settings, _, _| {
            let site = Site::from_settings(settings);
            Sessions::from_settings(settings, site.as_ref())
        }));
        printed.print(&built(&environment, |settings, _, _| Store::from_settings(settings)));
        printed.print(&built(&environment, |settings, clock, _| {
            loop_channel::Channel::from_settings(settings, clock)
        }));
        printed.print(&built(&environment, |settings, clock, _| {
            loop_channel::Messages::from_settings(settings, clock)
        }));
        let ice = built(&environment, |settings, _, _| IceServers::from_settings(settings));
        printed.print(&ice);
        let now = UnixSeconds::try_from(BEGINNING).unwrap();
        let binding = Binding {
            callee: UserId::from_bytes([2; 16]),
            call: CallId::from_bytes([1; 16]),
            slot: CallSlot::all().next().unwrap(),
            role: Role::Caller,
        };
        let servers = ice.for_party(&binding, CallState::Connected, now);
        printed.secrets.note_json(&serde_json::to_value(&servers).unwrap());
        printed.print(&servers);
        let environment = environment.into_iter();
        printed.print(&Options {
            variables: environment.map(|(name, value)| (name.to_owned(), value)).collect(),
            ..Options::new(Logger::new(LogFormat::Json, std::io::sink()))
        });
    }
}

#[test]
fn no_value_prints_what_a_client_has_sent_or_is_given() {
    let mut printed = Printed::new();
    let ring: KeyRing = Keys::generate().unwrap().token_keys.parse().unwrap();
    let now = UnixSeconds::try_from(BEGINNING).unwrap();
    let (user, call, url) =
        (UserId::from_bytes([1; 16]), CallId::from_bytes([2; 16]), UrlId::from_bytes([3; 8]));
    let end = now.after(Duration::from_mins(1));
    let remote_id = RemoteId::try_from(REMOTE_ID.to_owned()).unwrap();
    let callee_name = CalleeName::try_from(CALLEE_NAME.to_owned()).unwrap();
    printed.print(&(&remote_id, &callee_name));

    let session = Session::begin(user, now);
    let session_token: SessionToken = session.sign(&ring.keys());
    printed.secrets.note(session_token.as_str(), "a session");
    printed.print(&(session, session_token));

    let claims = CallUrlClaims {
        callee: user,
        url_id: url,
        expires_at: end,
        remote_id: remote_id.clone(),
        callee_name: Some(callee_name),
    };
    let call_token = CallToken::sign(&ring.keys(), &claims);
    printed.secrets.note(call_token.as_str(), "a call token");
    printed.print(&VerifiedCallUrl::verify(&ring.keys(), call_token.as_str(), now));
    printed.print(&(claims, call_token));

    let participant = Participant { callee: user, call, role: Role::Callee, expires_at: end };
    let participant_token: ParticipantToken = participant.sign(&ring.keys());
    printed.secrets.note(participant_token.expose(), "a participant's token");
    printed.print(&(participant, &participant_token));
    let call = Call {
        id: call,
        url,
        remote_id,
        call_type: CallType::Audio,
        session: ProviderSession {
            provider: "direct".to_owned(),
            api_key: String::new(),
            session_id: "session".to_owned(),
            server_url: "wss://channel.example.org".to_owned(),
        },
        callee_token: participant_token.clone(),
        caller_token: Some(participant_token.clone()),
        expires_at: end,
        slot_expires_at: end,
    };
    printed.print(&PendingCall { version: loop_core::CallVersion::new(7), call: call.clone() });
    printed.print(&call);

    printed.print(&KEY.parse::<IdempotencyKey>());
    printed.print(&Secret::new(SDP));
    printed.print(&Device {
        id: DeviceId::of_push_url(PUSH_URL),
        target: PushTarget::WebPush(PUSH_URL.to_owned()),
        registered_at: UnixMillis::new(BEGINNING * 1000),
        expires_at: end,
    });
    let mut settings = Settings::new(|_| None);
    let policy = PushPolicy::from_settings(&mut settings).unwrap();
    printed.print(&PushUrl::parse(PUSH_URL, &policy));
    for body in [json!({ "simple_push_url": PUSH_URL }), json!({ "polling_id": POLLING_ID })] {
        let Value::Object(body) = body else { unreachable!("an object") };
        printed.print(&Fields::of(body.clone()));
        printed.print(&loop_registration::to_register(Fields::of(body), &policy));
    }

    let token = participant_token.expose();
    for message in [
        json!({ "type": "hello", "token": token }),
        json!({ "type": "signal", "data": { "sdp": SDP } }),
    ] {
        printed.print(&ClientMessage::parse(&message.to_string()));
    }
    let data = RawValue::from_string(json!({ "sdp": SDP }).to_string()).unwrap();
    printed.print(&ServerMessage::Signal { data: &data });
}

#[tokio::test]
async fn neither_the_local_server_nor_what_is_read_from_the_table_prints_it() {
    let world = World::with(&[("LOOP_TURN_SECRET", "the-turn-secret")]).await;
    let mut bob = world.registered("/of-bob-alone").await;
    let (path, _) = bob.link(600).await;
    world.browser().header("idempotency-key", KEY).call(&path).await;
    bob.get("/calls").await;
    let mut printed = Printed { secrets: Secrets::of_server(&world.server.url()), count: 0 };
    printed.print(&world.server);
    printed.print(world.server.environment());

    let store = built(&[], |_, _, _| {
        let mut settings = Settings::new(|name| world.server.environment().get(name));
        Store::from_settings(&mut settings)
    });
    let items = world.database.items(local::environment::TABLE);
    let user: UserId = items[0]["pk"]["S"].as_str().unwrap().parse().unwrap();
    let now = UnixMillis::new(BEGINNING * 1000);
    printed.print(&store.callee(user, UrlId::from_bytes([0; 8]), None, now).await.unwrap());
    let calls = store.pending_calls(user, None, now).await.unwrap();
    assert_eq!(calls.len(), 1);
    printed.print(&calls);
}
