//! The properties that hold for all events in any order.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use loop_core::progress::{
    CallState, ConnectionId, Effects, Event, Notice, Presence, Progress, Role, TerminationReason,
};
use proptest::prelude::*;

use crate::story::Story;

/// A deed of the caller (0), of one of three devices (1 to 3), or of the queue.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Join,
    Return,
    Accept,
    MediaUp,
    Terminate(TerminationReason),
    Leave,
    Deadline,
    Revoke,
}

/// What makes a conversation of a call.
const CONNECTED: [(usize, Deed); 5] =
    [(0, Deed::Join), (1, Deed::Join), (1, Deed::Accept), (0, Deed::MediaUp), (1, Deed::MediaUp)];

fn any_deed() -> impl Strategy<Value = Deed> {
    use TerminationReason::{Busy, Cancel, Closed, MediaFail, Reject};
    let reason = prop::sample::select(vec![Reject, Busy, Cancel, MediaFail, Closed]);
    prop_oneof![
        6 => Just(Deed::Join),
        4 => Just(Deed::Return),
        3 => Just(Deed::Accept),
        4 => Just(Deed::MediaUp),
        1 => reason.prop_map(Deed::Terminate),
        2 => Just(Deed::Leave),
        2 => Just(Deed::Deadline),
        1 => Just(Deed::Revoke),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn every_history_is_a_proper_call(
        is_connected: bool,
        deeds in prop::collection::vec((0..4_usize, any_deed(), 0..8_000_u64), 1..60),
    ) {
        let mut world = World::new();
        // By chance alone, few calls come so far.
        if is_connected {
            for (who, deed) in CONNECTED {
                world.does(who, deed);
            }
            prop_assert_eq!(world.story.progress.state(), CallState::Connected);
        }
        for (who, deed, pause) in deeds {
            world.story.now = world.story.now.after(Duration::from_millis(pause));
            world.does(who, deed);
        }
    }
}

/// The call with the connections of all. One that was closed or has left is never used again: a
/// party that comes back has a new one.
struct World {
    story: Story,
    /// The present connection of each, and the number of connections that it has had.
    connections: [(Option<ConnectionId>, usize); 4],
    /// The connection by which each joined last.
    joined_by: [Option<ConnectionId>; 4],
    /// The reason that each connection was told when the call was over for it.
    finals: BTreeMap<ConnectionId, TerminationReason>,
}

impl World {
    fn new() -> Self {
        let connections = std::array::from_fn(|_| (None, 0));
        let joined_by = Default::default();
        Self { story: Story::new(), connections, joined_by, finals: BTreeMap::new() }
    }

    fn does(&mut self, who: usize, deed: Deed) {
        let role = if who == 0 { Role::Caller } else { Role::Callee };
        if matches!(deed, Deed::Join | Deed::Return) {
            self.connect(who);
        }
        let joined_by = self.joined_by[who].clone();
        let event = match (deed, self.connections[who].0.clone()) {
            (Deed::Deadline, _) => Event::Deadline,
            (Deed::Revoke, _) => Event::Revoked,
            (_, None) => return,
            (Deed::Join, Some(connection)) => Event::Join(role, connection),
            (Deed::Return, Some(connection)) => match joined_by {
                Some(joined_by) => Event::Return { role, joined_by, connection },
                None => return,
            },
            (Deed::Accept, Some(connection)) => Event::Accept(connection),
            (Deed::MediaUp, Some(connection)) => Event::MediaUp(connection),
            (Deed::Terminate(reason), Some(connection)) => Event::Terminate(connection, reason),
            (Deed::Leave, Some(connection)) => {
                self.connections[who].0 = None;
                Event::Disconnected(connection)
            }
        };
        let before = self.story.progress.clone();
        let open: BTreeSet<_> =
            self.connections.iter().flat_map(|(open, _)| open.clone()).collect();
        let Ok(effects) = self.story.happens(&event) else {
            assert_eq!(self.story.progress, before);
            return;
        };
        let after = self.story.progress.clone();
        if let Event::Join(_, connection) | Event::Return { connection, .. } = &event
            && let Some(joined_by) = after.joined_by(connection)
        {
            self.joined_by[who] = Some(joined_by.clone());
        }
        check_step(&before, &after);
        check_progress(&after, &open);
        self.check_effects(&before, &after, &event, &effects, &open);
        for (connection, _) in &mut self.connections {
            connection.take_if(|connection| effects.closes.contains(connection));
        }
    }

    fn connect(&mut self, who: usize) {
        let (connection, number) = &mut self.connections[who];
        if connection.is_none() {
            *number += 1;
            *connection = Some(ConnectionId::new(format!("{who} for the {number}. time")));
        }
    }

    fn check_effects(
        &mut self,
        before: &Progress,
        after: &Progress,
        event: &Event,
        effects: &Effects,
        open: &BTreeSet<ConnectionId>,
    ) {
        let hello = match event {
            Event::Join(role, sender) | Event::Return { role, connection: sender, .. } => {
                Some((*role, sender))
            }
            _ => None,
        };
        for (connection, notice) in &effects.notices {
            assert!(open.contains(connection), "only who is there is told");
            let is_own_hello = hello.is_some_and(|(_, sender)| sender == connection);
            assert!(is_own_hello || before.role(connection).is_some(), "only parties are told");
            let (state, reason) = match *notice {
                Notice::Hello(state, reason) | Notice::Progress(state, reason) => (state, reason),
                Notice::Peer(presence) => {
                    assert_eq!(after.peer(connection).is_some(), presence == Presence::Here);
                    continue;
                }
            };
            assert_eq!(reason.is_some(), state == CallState::Terminated);
            let Some(reason) = reason else {
                assert_eq!(state, after.state());
                continue;
            };
            if reason != TerminationReason::AnsweredElsewhere {
                let is_caller = before.role(connection) == Some(Role::Caller)
                    || hello == Some((Role::Caller, connection));
                let role = if is_caller { Role::Caller } else { Role::Callee };
                assert_eq!(Some(reason), after.reason_for(role), "all of a side are told the same");
            }
            assert!(effects.closes.contains(connection), "it is over for who is told so");
            assert_eq!(self.finals.insert(connection.clone(), reason), None, "once");
        }
        let closed: BTreeSet<_> = effects.closes.iter().collect();
        assert_eq!(closed.len(), effects.closes.len(), "closed once");
        for connection in closed {
            let is_told = self.finals.contains_key(connection);
            let is_replaced = hello.is_some_and(|(role, next)| {
                next != connection && before.role(connection) == Some(role)
            });
            assert!(is_told || is_replaced);
            assert_eq!(after.role(connection), None);
        }
        for party in open.iter().filter(|connection| before.role(connection).is_some()) {
            let has_left = *event == Event::Disconnected(party.clone());
            let stays = after.role(party).is_some();
            assert!(stays || has_left || effects.closes.contains(party), "nobody is forgotten");
        }
    }
}

/// Checks that a call only goes forward, and that a call that is over does not change.
fn check_step(before: &Progress, after: &Progress) {
    assert!(rank(before.state()) <= rank(after.state()));
    if before.state() == CallState::Terminated {
        assert_eq!(before, after);
    }
}

fn check_progress(progress: &Progress, open: &BTreeSet<ConnectionId>) {
    let with_role = |role| open.iter().filter(move |open| progress.role(open) == Some(role));
    let callees = with_role(Role::Callee).count();
    assert!(with_role(Role::Caller).count() <= 1);
    assert_eq!(progress.reason().is_some(), progress.state() == CallState::Terminated);
    match progress.state() {
        CallState::Init => assert_eq!(callees, 0),
        CallState::Alerting => assert!(progress.deadline().is_some()),
        CallState::Connecting | CallState::HalfConnected => {
            assert!(callees <= 1 && progress.deadline().is_some());
        }
        CallState::Connected => {
            assert!(callees <= 1);
            let is_anybody_there = open.iter().any(|open| progress.role(open).is_some());
            assert_eq!(progress.deadline().is_none(), is_anybody_there, "else somebody is awaited");
        }
        CallState::Terminated => {
            assert_eq!(progress.deadline(), None);
            assert!(open.iter().all(|open| progress.role(open).is_none()));
        }
    }
}

fn rank(state: CallState) -> u8 {
    match state {
        CallState::Init => 0,
        CallState::Alerting => 1,
        CallState::Connecting => 2,
        CallState::HalfConnected => 3,
        CallState::Connected => 4,
        CallState::Terminated => 5,
    }
}
