//! Messages of the call channel, and the events of the gateway and of the queue around them.

#![no_main]

use std::{collections::BTreeMap, io, sync::LazyLock};

use channel_connect::ChannelConnect;
use libfuzzer_sys::fuzz_target;
use loop_channel::{ClientMessage, MESSAGE_MAX_BYTES, MessageError, ServerMessage, Timer};
use loop_core::Settings;
use loop_fuzz::world::clock;
use loop_lambda::{EventEdge, EventItem, LogFormat, Logger, SqsMessage, WebSocketEvent};
use serde_json::{Value, json, value::RawValue};
use tokio::runtime::{Builder, Runtime};

const OWN_ORIGIN: &str = "https://loop.example.org";

struct World {
    connect: EventEdge<ChannelConnect>,
    runtime: Runtime,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let mut settings =
        Settings::new(|name| (name == "LOOP_PUBLIC_URL").then(|| OWN_ORIGIN.to_owned()));
    let logger = Logger::new(LogFormat::Json, io::sink());
    let connect = EventEdge::from_settings(&mut settings, &clock(), logger);
    World {
        connect: settings.finish(connect).expect("it is right"),
        runtime: Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("a runtime without I/O"),
    }
});

fuzz_target!(|text: &str| {
    message(text);
    timer(text);
    connect_from(text);
    if let Ok(event) = serde_json::from_str(text) {
        event_of_a_stranger(&event);
    }
});

fn message(text: &str) {
    let read = ClientMessage::parse(text);
    let is_too_long = text.len() > MESSAGE_MAX_BYTES;
    assert_eq!(matches!(read, Err(MessageError::TooLong)), is_too_long);
    match read {
        Ok(message) => check(text, &message),
        Err(error) => {
            assert!(matches!(error.errno(), 106 | 107 | 108 | 113));
            assert!(!error.to_string().contains(char::is_control));
        }
    }
}

/// Checks that another reader of JSON, which does not know raw values, finds the same.
fn check(text: &str, message: &ClientMessage<'_>) {
    if let ClientMessage::Signal { data } = message {
        check_handed_on(text, data);
    }
    // The other reader has a limit: it rejects `data` that is nested deeper.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let Ok(value) = serde_json::from_str::<Value>(text) else { return };
    let kind = match message {
        ClientMessage::Hello { token } => {
            assert_eq!(value["token"], **token);
            "hello"
        }
        ClientMessage::Action(_) => {
            assert_eq!(value["event"], message.name());
            "action"
        }
        ClientMessage::Signal { .. } => "signal",
        ClientMessage::Ping => "ping",
    };
    assert_eq!(value["type"], kind);
}

/// Checks that the other party gets `data` as it was sent, in a message that is not longer.
fn check_handed_on(text: &str, data: &RawValue) {
    assert!(text.contains(data.get()));
    let handed_on = ServerMessage::Signal { data }.to_text();
    assert!(handed_on.len() <= text.len());
    let fields: BTreeMap<String, &RawValue> = serde_json::from_str(&handed_on).expect("JSON");
    assert_eq!(fields["data"].get(), data.get());
}

fn timer(text: &str) {
    let Some(timer) = Timer::parse(text) else { return };
    let again = serde_json::to_string(&timer).expect("text keys");
    assert_eq!(Timer::parse(&again), Some(timer));
}

/// Checks that a page of any other origin is refused.
fn connect_from(origin: &str) {
    let event = json!({
        "requestContext": { "connectionId": "MkUCMcOFIAMCJ2Q=", "routeKey": "$connect" },
        "headers": { "Origin": origin },
        "body": origin,
    });
    let read = WebSocketEvent::read(event.clone()).expect("an event of the gateway");
    assert_eq!(read[0].body(), origin);
    let status = if origin == OWN_ORIGIN { 200 } else { 403 };
    assert_eq!(respond(event), json!({ "statusCode": status }));
}

fn event_of_a_stranger(event: &Value) {
    let answer = respond(event.clone());
    let is_read = WebSocketEvent::read(event.clone()).is_some();
    let status = answer["statusCode"].as_u64().expect("a status");
    assert!(if is_read { matches!(status, 200 | 403) } else { status == 400 }, "{answer}");
    for message in SqsMessage::read(event.clone()).into_iter().flatten() {
        timer(message.body());
    }
}

fn respond(event: Value) -> Value {
    WORLD.runtime.block_on(WORLD.connect.respond(event))
}
