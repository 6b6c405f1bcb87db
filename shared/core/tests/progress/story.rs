//! A call to which events happen, and the words for their effects.

use std::{fmt::Write, time::Duration};

use loop_core::{
    UnixMillis,
    progress::{
        CallState, ConnectionId, Effects, Event, EventError, Notice, Presence, Progress, Role,
        TerminationReason, Timeouts,
    },
};

/// The moment at which every story begins.
pub(crate) const START: UnixMillis = UnixMillis::new(1_780_000_000_500);

/// Waits that differ enough to tell them apart.
pub(crate) const TIMEOUTS: Timeouts = Timeouts {
    supervisory: Duration::from_secs(10),
    ringing: Duration::from_secs(30),
    connection: Duration::from_secs(15),
    absence: Duration::from_secs(60),
};

/// A call, and the present moment.
#[derive(Clone, Debug)]
pub(crate) struct Story {
    pub(crate) progress: Progress,
    pub(crate) now: UnixMillis,
}

impl Story {
    /// Returns a call that is placed at [`START`].
    pub(crate) fn new() -> Self {
        Self { progress: Progress::default(), now: START }
    }

    /// Returns a call to which all these events have happened, without a refusal.
    pub(crate) fn of<const N: usize>(events: [Event; N]) -> Self {
        let mut story = Self::new();
        for event in events {
            story.happens(&event).unwrap();
        }
        story
    }

    /// Returns the same call, some time after [`START`].
    pub(crate) fn at(mut self, age: Duration) -> Self {
        self.now = START.after(age);
        self
    }

    pub(crate) fn happens(&mut self, event: &Event) -> Result<Effects, EventError> {
        let (progress, effects) = self.progress.after(event, self.now, &TIMEOUTS)?;
        self.progress = progress;
        Ok(effects)
    }

    /// Returns the effects of an event in words: the state after it, the second in which the wait
    /// ends, the notices and the closed connections. Two events with the same effects have the same
    /// words.
    pub(crate) fn tell(&mut self, event: &Event) -> String {
        let effects = match self.happens(event) {
            Ok(effects) => effects,
            Err(refusal) => return format!("refused: {refusal}"),
        };
        let mut words = state(self.progress.state(), self.progress.reason());
        if let Some(deadline) = self.progress.deadline() {
            write!(words, " until {}", deadline.since(START).as_secs()).unwrap();
        }
        for (connection, notice) in &effects.notices {
            let told = match *notice {
                Notice::Hello(told, reason) => format!("hello {}", state(told, reason)),
                Notice::Progress(told, reason) => state(told, reason),
                Notice::Peer(Presence::Here) => "peer here".to_owned(),
                Notice::Peer(Presence::Away) => "peer away".to_owned(),
            };
            write!(words, "; {}: {told}", connection.as_str()).unwrap();
        }
        if !effects.closes.is_empty() {
            let closed: Vec<_> = effects.closes.iter().map(ConnectionId::as_str).collect();
            write!(words, "; closed: {}", closed.join(", ")).unwrap();
        }
        words
    }
}

/// Returns the name that the protocol has for a state, and the reason.
fn state(state: CallState, reason: Option<TerminationReason>) -> String {
    let state = serde_json::to_value(state).unwrap();
    let reason = serde_json::to_value(reason).unwrap();
    let words = [state.as_str(), reason.as_str()];
    words.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

pub(crate) fn connection(name: &str) -> ConnectionId {
    ConnectionId::new(name)
}

pub(crate) fn caller_hello() -> Event {
    Event::Join(Role::Caller, connection("caller"))
}

/// Returns the hello of a device of the callee.
pub(crate) fn hello(device: &str) -> Event {
    Event::Join(Role::Callee, connection(device))
}

/// Returns the hello of a party that joined by one connection, on another.
pub(crate) fn back(role: Role, joined_by: &str, now: &str) -> Event {
    Event::Return { role, joined_by: connection(joined_by), connection: connection(now) }
}

pub(crate) fn accept(device: &str) -> Event {
    Event::Accept(connection(device))
}

pub(crate) fn media_up(party: &str) -> Event {
    Event::MediaUp(connection(party))
}

pub(crate) fn terminate(party: &str, reason: TerminationReason) -> Event {
    Event::Terminate(connection(party), reason)
}

pub(crate) fn gone(party: &str) -> Event {
    Event::Disconnected(connection(party))
}

/// Returns a call with the caller and two devices of the callee.
pub(crate) fn alerting() -> Story {
    Story::of([caller_hello(), hello("phone"), hello("laptop")])
}

/// Returns a call with the caller and the phone, which has accepted.
pub(crate) fn connecting() -> Story {
    let mut story = alerting();
    story.happens(&accept("phone")).unwrap();
    story
}

/// Returns a call in which both have media.
pub(crate) fn connected() -> Story {
    let mut story = connecting();
    story.happens(&media_up("caller")).unwrap();
    story.happens(&media_up("phone")).unwrap();
    story
}
