//! Tests that `docs/asyncapi.yaml` says the same as the code. That the messages of all other tests
//! are described is checked where they are sent and received, in `Socket`.

use std::{collections::BTreeSet, iter};

use jsonschema::Validator;
use loop_channel::{
    Action, ClientMessage, DispatchError, MESSAGE_MAX_BYTES, MessageError, ServerMessage,
};
use loop_core::{
    UnavailableError,
    progress::{CallState, EventError, Presence, Role, TerminationReason},
};
use serde_json::{Value, json, value::RawValue};

use crate::{
    described::DESCRIPTION,
    party::{
        action, connect, expect_end, expect_seen, hello, over, peer, place, signal, terminate,
    },
    socket::{Seen, Socket},
    world::World,
};

/// The messages that functions neither send nor receive.
const OF_GATEWAY: [&str; 1] = ["gatewayError"];

#[test]
fn every_message_that_the_code_reads_is_described() {
    let texts = [
        hello("token"),
        action("accept"),
        action("media-up"),
        terminate("closed"),
        signal(json!([])),
        json!({ "type": "ping" }),
    ];
    let mut names = BTreeSet::new();
    for text in texts.map(|text| text.to_string()) {
        let name = DESCRIPTION.expect_of_client(&text).unwrap();
        assert_eq!(name, name_of_client(&ClientMessage::parse(&text).unwrap()));
        names.insert(name);
    }
    assert_eq!(names, described(&DESCRIPTION.of_clients));
}

#[test]
fn every_message_that_the_code_writes_is_described() {
    let raw = RawValue::from_string("{}".to_owned()).unwrap();
    let (role, state) = (Role::Caller, CallState::Init);
    let mut names: BTreeSet<_> = OF_GATEWAY.into();
    for message in [
        ServerMessage::Hello {
            role,
            state,
            reason: None,
            ice_servers: Vec::new(),
            session_token: Some("token".to_owned()),
        },
        ServerMessage::Progress { state, reason: None, ice_servers: None },
        ServerMessage::Peer { state: Presence::Away },
        ServerMessage::Signal { data: &raw },
        ServerMessage::Pong,
        ServerMessage::Error { errno: 106, message: String::new() },
    ] {
        let name = DESCRIPTION.expect_of_server(&serde_json::to_value(&message).unwrap());
        assert_eq!(name, name_of_server(&message));
        names.insert(name);
    }
    assert_eq!(names, described(&DESCRIPTION.of_server));
}

#[test]
fn the_values_are_those_of_the_code() {
    let schemas = &DESCRIPTION.document["components"]["schemas"];
    let messages = &DESCRIPTION.document["components"]["messages"];
    let states = iter::successors(Some(CallState::Init), |state| next_state(*state));
    assert_eq!(set(&schemas["State"]["enum"]), states.map(|it| json!(it).to_string()).collect());
    let reasons = iter::successors(Some(TerminationReason::Reject), |it| next_reason(*it));
    assert_eq!(set(&schemas["Reason"]["enum"]), reasons.map(|it| json!(it).to_string()).collect());
    let roles = &messages["serverHello"]["payload"]["properties"]["role"]["enum"];
    let of_code = [Role::Caller, Role::Callee].map(|role| json!(role).to_string());
    assert_eq!(set(roles), of_code.into());
    let numbers = &messages["error"]["payload"]["properties"]["errno"]["enum"];
    let of_code = one_of_each_error().map(|error| error.errno().to_string());
    assert_eq!(set(numbers), of_code.collect());
    let text = DESCRIPTION.document["info"]["description"].as_str().unwrap();
    assert!(text.contains(&format!("at most {} KiB", MESSAGE_MAX_BYTES / 1024)));
    assert_eq!(DESCRIPTION.document["info"]["version"], env!("CARGO_PKG_VERSION"));
}

#[test]
fn every_example_is_valid() {
    let directions = [&DESCRIPTION.of_clients, &DESCRIPTION.of_server];
    for (name, validator) in directions.into_iter().flatten() {
        let examples = &DESCRIPTION.document["components"]["messages"][name]["examples"];
        let examples = examples.as_array().unwrap();
        assert!(!examples.is_empty(), "{name}");
        for example in examples {
            let faults: Vec<_> = validator.iter_errors(&example["payload"]).collect();
            assert!(faults.is_empty(), "{name}: {faults:?}");
        }
    }
}

/// A call with everything in it: a device that is too late, signalling, a fault, a party that comes
/// back, the end.
#[tokio::test]
async fn every_described_message_is_exchanged_in_a_call() {
    let world = World::with(&[
        ("LOOP_STUN_URLS", "stun:stun.example.org"),
        ("LOOP_TURN_URLS", "turn:turn.example.org"),
        ("LOOP_TURN_SECRET", "secret-of-a-TURN-server"),
    ])
    .await;
    let call = place(&world).await;
    let (mut alice, mut bob) = call.both().await;
    bob.send(&action("accept")).await;
    for party in [&mut alice, &mut bob] {
        let progress = party.message().await;
        assert_eq!(progress["state"], "connecting");
        assert_eq!(progress["ice_servers"].as_array().unwrap().len(), 2);
    }
    alice.send(&signal(json!({ "sdp": null }))).await;
    assert_eq!(bob.next().await, Seen::Message(signal(json!({ "sdp": null }))));
    alice.send(&action("unheard-of")).await;
    assert_eq!(alice.message().await["errno"], 107);
    connect(&mut alice, &mut bob).await;
    let (mut bob_again, _) = call.greeted(&bob.return_token()).await;
    expect_seen(&mut alice, &[peer("here")]).await;
    bob_again.send(&terminate("closed")).await;
    expect_end(&mut alice, &over("closed")).await;

    let exchanged = |sockets: [&Socket; 3]| -> BTreeSet<String> {
        sockets.into_iter().flat_map(|socket| socket.exchanged().iter().cloned()).collect()
    };
    let messages = [&DESCRIPTION.of_clients, &DESCRIPTION.of_server];
    let names = messages.into_iter().flat_map(|messages| described(messages));
    let of_functions = names.filter(|name| !OF_GATEWAY.contains(name)).map(str::to_owned);
    assert_eq!(exchanged([&alice, &bob, &bob_again]), of_functions.collect());
}

fn described(messages: &[(String, Validator)]) -> BTreeSet<&str> {
    messages.iter().map(|(name, _)| name.as_str()).collect()
}

fn set(values: &Value) -> BTreeSet<String> {
    values.as_array().unwrap().iter().map(Value::to_string).collect()
}

/// Returns the name in the description. The compiler reports a message that has none here, as it
/// does for all `match` below.
fn name_of_client(message: &ClientMessage<'_>) -> &'static str {
    match message {
        ClientMessage::Hello { .. } => "clientHello",
        ClientMessage::Action(Action::Accept) => "accept",
        ClientMessage::Action(Action::MediaUp) => "mediaUp",
        ClientMessage::Action(Action::Terminate(_)) => "terminate",
        ClientMessage::Signal { .. } => "clientSignal",
        ClientMessage::Ping => "ping",
    }
}

fn name_of_server(message: &ServerMessage<'_>) -> &'static str {
    match message {
        ServerMessage::Hello { .. } => "serverHello",
        ServerMessage::Progress { .. } => "progress",
        ServerMessage::Peer { .. } => "peer",
        ServerMessage::Signal { .. } => "serverSignal",
        ServerMessage::Pong => "pong",
        ServerMessage::Error { .. } => "error",
    }
}

fn next_state(state: CallState) -> Option<CallState> {
    Some(match state {
        CallState::Init => CallState::Alerting,
        CallState::Alerting => CallState::Connecting,
        CallState::Connecting => CallState::HalfConnected,
        CallState::HalfConnected => CallState::Connected,
        CallState::Connected => CallState::Terminated,
        CallState::Terminated => return None,
    })
}

fn next_reason(reason: TerminationReason) -> Option<TerminationReason> {
    Some(match reason {
        TerminationReason::Reject => TerminationReason::Busy,
        TerminationReason::Busy => TerminationReason::Timeout,
        TerminationReason::Timeout => TerminationReason::Cancel,
        TerminationReason::Cancel => TerminationReason::MediaFail,
        TerminationReason::MediaFail => TerminationReason::Closed,
        TerminationReason::Closed => TerminationReason::AnsweredElsewhere,
        TerminationReason::AnsweredElsewhere => return None,
    })
}

/// Returns an error of each kind.
fn one_of_each_error() -> impl Iterator<Item = DispatchError> {
    let first = DispatchError::Message(MessageError::NotAnObject);
    iter::successors(Some(first), |error| {
        Some(match error {
            DispatchError::Message(MessageError::NotAnObject) => MessageError::Invalid("").into(),
            DispatchError::Message(MessageError::Invalid(_)) => MessageError::Missing("").into(),
            DispatchError::Message(MessageError::Missing(_)) => MessageError::Repeated("").into(),
            DispatchError::Message(MessageError::Repeated(_)) => MessageError::TooLong.into(),
            DispatchError::Message(MessageError::TooLong) => DispatchError::BeforeHello,
            DispatchError::BeforeHello => DispatchError::NotAdmitted,
            DispatchError::NotAdmitted => DispatchError::Refused(EventError::NotAParty),
            DispatchError::Refused(refusal) => match refusal {
                EventError::NotAParty => DispatchError::Refused(EventError::WrongRole),
                EventError::WrongRole => DispatchError::Refused(EventError::WrongState),
                EventError::WrongState => DispatchError::Refused(EventError::WrongReason),
                EventError::WrongReason => DispatchError::Refused(EventError::TooManyDevices),
                EventError::TooManyDevices => DispatchError::Refused(EventError::TooManyHellos),
                EventError::TooManyHellos => DispatchError::NoPeer,
            },
            DispatchError::NoPeer => DispatchError::TooManyMessages,
            DispatchError::TooManyMessages => UnavailableError::new("cause").into(),
            DispatchError::Unavailable(_) => return None,
        })
    })
}
