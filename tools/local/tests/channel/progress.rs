//! The progress protocol, table-driven over real sockets: the messages that each party gets, the
//! connections that are closed, and the messages that are refused. The table is written out here,
//! so that the code under test is not checked against itself.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::{
    party::{
        Call, action, connect, expect_end, expect_refusal, expect_seen, hello, over, peer, place,
        progress, signal, terminate, told_to_caller, until_connections,
    },
    socket::{Seen, Socket},
    world::World,
};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Stage {
    /// Only the caller is there.
    Init,
    Alerting,
    Connecting,
    /// The caller has media.
    HalfConnected,
    Connected,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Role {
    Caller,
    Callee,
}

#[derive(Clone, Copy, Debug)]
enum Event {
    HelloAgain,
    Accept,
    MediaUp,
    Terminate(&'static str),
    Signal,
    Disconnect,
}

/// The effect of an event.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Outcome {
    /// The sender gets an error; the other side gets nothing.
    Refused,
    /// The sender gets another hello; the other side gets nothing.
    Greeted,
    /// Neither side gets anything.
    Nothing,
    /// Both sides get the new state.
    Progress(&'static str),
    /// The other side gets the message.
    Relayed,
    /// The other side gets to know that the sender is away.
    Away,
    /// Both sides get the reason, and their connections are closed.
    Over(&'static str),
}

const EVENTS: [Event; 12] = [
    Event::HelloAgain,
    Event::Accept,
    Event::MediaUp,
    Event::Terminate("reject"),
    Event::Terminate("busy"),
    Event::Terminate("timeout"),
    Event::Terminate("cancel"),
    Event::Terminate("media-fail"),
    Event::Terminate("closed"),
    Event::Terminate("answered-elsewhere"),
    Event::Signal,
    Event::Disconnect,
];

/// Returns the effect that the protocol gives to an event.
fn outcome(stage: Stage, role: Role, event: Event) -> Outcome {
    use Outcome::{Away, Greeted, Nothing, Over, Progress, Refused, Relayed};
    use Role::{Callee, Caller};
    use Stage::{Alerting, Connected, Connecting, HalfConnected, Init};
    match (stage, role, event) {
        (_, _, Event::HelloAgain) => Greeted,

        (Alerting, Callee, Event::Accept) => Progress("connecting"),
        (_, _, Event::Accept) => Refused,

        (Init | Alerting, _, Event::MediaUp) => Refused,
        (Connecting, _, Event::MediaUp) => Progress("half-connected"),
        (HalfConnected, Caller, Event::MediaUp) => Nothing,
        (HalfConnected, Callee, Event::MediaUp) => Progress("connected"),
        (Connected, _, Event::MediaUp) => Nothing,

        (_, Caller, Event::Terminate(reason @ ("cancel" | "closed" | "media-fail"))) => {
            Over(reason)
        }
        (_, Callee, Event::Terminate(reason @ ("reject" | "busy" | "closed" | "media-fail"))) => {
            Over(reason)
        }
        (_, _, Event::Terminate(_)) => Refused,

        (Init | Alerting, _, Event::Signal) => Refused,
        (Connecting | HalfConnected | Connected, _, Event::Signal) => Relayed,

        (Init | Alerting, Caller, Event::Disconnect) => Over("cancel"),
        (Init | Alerting, Callee, Event::Disconnect) => Nothing,
        (Connecting | HalfConnected | Connected, _, Event::Disconnect) => Away,
    }
}

#[tokio::test]
async fn a_revoked_link_ends_its_ringing_call_for_both_sides() {
    let world = World::new().await;
    let mut call = place(&world).await;
    let (mut alice, mut bob) = call.both().await;
    let revocation = call.revocation.clone();
    call.bob.delete(&revocation).await.expect(StatusCode::NO_CONTENT);
    for party in [&mut alice, &mut bob] {
        expect_end(party, &over("closed")).await;
    }
    until_connections(&world, 0).await;
    call.expect_over("closed").await;
}

#[tokio::test]
async fn a_conversation_goes_on_when_its_link_is_revoked() {
    let world = World::new().await;
    let mut call = place(&world).await;
    let (mut alice, mut bob) = call.connecting().await;
    let revocation = call.revocation.clone();
    call.bob.delete(&revocation).await.expect(StatusCode::NO_CONTENT);
    connect(&mut alice, &mut bob).await;
}

#[tokio::test]
async fn every_event_when_the_call_is_placed() {
    every_event(Stage::Init).await;
}

#[tokio::test]
async fn every_event_while_it_alerts() {
    every_event(Stage::Alerting).await;
}

#[tokio::test]
async fn every_event_while_it_connects() {
    every_event(Stage::Connecting).await;
}

#[tokio::test]
async fn every_event_when_one_has_media() {
    every_event(Stage::HalfConnected).await;
}

#[tokio::test]
async fn every_event_when_both_have_media() {
    every_event(Stage::Connected).await;
}

async fn every_event(stage: Stage) {
    let world = World::new().await;
    for role in [Role::Caller, Role::Callee] {
        // With a device of the callee, the call would be alerting.
        if (stage, role) == (Stage::Init, Role::Callee) {
            continue;
        }
        for event in EVENTS {
            println!("{stage:?}, {role:?}: {event:?}");
            let call = place(&world).await;
            let (alice, bob) = reach(stage, &call).await;
            let (sender, other) = match role {
                Role::Caller => (alice, bob),
                Role::Callee => (bob.unwrap(), Some(alice)),
            };
            let case = Case { world: &world, call: &call, stage, role };
            match event {
                Event::Disconnect => case.disconnect(sender, other).await,
                _ => case.send(event, sender, other).await,
            }
            until_connections(&world, 0).await;
        }
    }
}

/// One row of the table, with the call that it is tried on.
struct Case<'a> {
    world: &'a World,
    call: &'a Call,
    stage: Stage,
    role: Role,
}

impl Case<'_> {
    async fn send(&self, event: Event, mut sender: Socket, mut other: Option<Socket>) {
        let message = self.message(event);
        sender.send(&message).await;
        let heard = match outcome(self.stage, self.role, event) {
            Outcome::Refused => {
                expect_refusal(&mut sender, 107, false).await;
                vec![]
            }
            Outcome::Greeted => {
                let greeting = sender.message().await;
                assert_eq!(
                    (&greeting["type"], &greeting["state"]),
                    (&json!("hello"), &self.state())
                );
                vec![]
            }
            Outcome::Nothing => vec![],
            Outcome::Progress(state) => {
                assert_eq!(sender.next().await, progress(state));
                vec![progress(state)]
            }
            Outcome::Relayed => vec![Seen::Message(message)],
            Outcome::Away => unreachable!("nobody says so"),
            Outcome::Over(reason) => {
                expect_end(&mut sender, &over(reason)).await;
                return self.expect_over(reason, other).await;
            }
        };
        expect_seen(&mut sender, &[]).await;
        if let Some(other) = &mut other {
            expect_seen(other, &heard).await;
        }
    }

    async fn disconnect(&self, sender: Socket, mut other: Option<Socket>) {
        sender.vanish();
        let peer_away = [peer("away")];
        match (outcome(self.stage, self.role, Event::Disconnect), &mut other) {
            (Outcome::Over(reason), _) => self.expect_over(reason, other).await,
            (outcome, Some(other)) => {
                until_connections(self.world, 1).await;
                let is_told = outcome == Outcome::Away;
                expect_seen(other, if is_told { &peer_away } else { &[] }).await;
            }
            (_, None) => unreachable!("a caller who leaves alone ends the call"),
        }
    }

    /// Checks that the party that is still there learns of the end, as do parties that come later.
    async fn expect_over(&self, reason: &str, other: Option<Socket>) {
        if let Some(mut other) = other {
            let told = if self.role == Role::Callee { told_to_caller(reason) } else { reason };
            expect_end(&mut other, &over(told)).await;
        }
        until_connections(self.world, 0).await;
        self.call.expect_over(reason).await;
    }

    fn message(&self, event: Event) -> Value {
        match (event, self.role) {
            (Event::HelloAgain, Role::Caller) => hello(&self.call.caller_token),
            (Event::HelloAgain, Role::Callee) => hello(&self.call.callee_token),
            (Event::Accept, _) => action("accept"),
            (Event::MediaUp, _) => action("media-up"),
            (Event::Terminate(reason), _) => terminate(reason),
            (Event::Signal, _) => signal(json!({ "sdp": "v=0", "n": [1, null, "ü"] })),
            (Event::Disconnect, _) => unreachable!("that is no message"),
        }
    }

    fn state(&self) -> Value {
        json!(match self.stage {
            Stage::Init => "init",
            Stage::Alerting => "alerting",
            Stage::Connecting => "connecting",
            Stage::HalfConnected => "half-connected",
            Stage::Connected => "connected",
        })
    }
}

async fn reach(stage: Stage, call: &Call) -> (Socket, Option<Socket>) {
    match stage {
        Stage::Init => return (call.caller().await, None),
        Stage::Alerting => {
            let (alice, bob) = call.both().await;
            return (alice, Some(bob));
        }
        Stage::Connecting | Stage::HalfConnected | Stage::Connected => {}
    }
    let (mut alice, mut bob) = call.connecting().await;
    if stage != Stage::Connecting {
        alice.send(&action("media-up")).await;
        expect_seen(&mut alice, &[progress("half-connected")]).await;
        expect_seen(&mut bob, &[progress("half-connected")]).await;
    }
    if stage == Stage::Connected {
        bob.send(&action("media-up")).await;
        expect_seen(&mut bob, &[progress("connected")]).await;
        expect_seen(&mut alice, &[progress("connected")]).await;
    }
    (alice, Some(bob))
}
