//! A caller, two devices, deadlines and dropped sockets in any order, each reading the call at one
//! time and writing it at another: the stored call has to go through the same states, with the
//! same effects, as a call that is kept in memory, and to end the same for all.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    ops::Range,
    time::Duration,
};

use loop_core::{
    UnixMillis,
    progress::{
        CallState, ConnectionId, Effects, Event, Notice, Progress, Role, TerminationReason,
        Timeouts,
    },
};
use loop_store::{AdvanceError, Binding, ChannelCall};
use loop_testkit::Fault;

use crate::{
    ringing::Ringing,
    table::{NOW, after},
};

const SEEDS: Range<u64> = 0..30;
const STEPS: usize = 100;
/// The number of steps after the call is over, for connections that come late.
const LATE_STEPS: usize = 12;

/// The longest time between two steps, in milliseconds.
const PACES: [u64; 3] = [300, 1_200, 4_000];

/// The caller, two devices of the callee, and the queue that delivers deadlines.
const CALLER: usize = 0;
const QUEUE: usize = 3;

#[tokio::test]
async fn every_interleaving_ends_in_one_outcome_for_all() {
    let mut outcomes = BTreeSet::new();
    for seed in SEEDS {
        let mut world = World::new(seed).await;
        let mut left = STEPS;
        while left > 0 {
            world.step().await;
            let is_over = world.model.state() == CallState::Terminated;
            left = if is_over { left.min(LATE_STEPS) - 1 } else { left - 1 };
        }
        outcomes.insert(world.end().await);
    }
    assert!(outcomes.len() >= 8, "each reason, with and without an accept: {outcomes:?}");
}

struct World {
    seed: u64,
    dice: Dice,
    ringing: Ringing,
    /// A binding that leads to the call. Its side does not matter.
    anywhere: Binding,
    now: UnixMillis,
    /// The expected call.
    model: Progress,
    actors: [Actor; 4],
    /// The deadlines that were set and not delivered yet, as the moments at which they are due.
    queue: VecDeque<UnixMillis>,
    /// The reason that each connection was notified of when the call was over for it.
    finals: BTreeMap<ConnectionId, TerminationReason>,
    accepts: usize,
}

#[derive(Default)]
struct Actor {
    connection: Option<ConnectionId>,
    /// The number of connections that it has had.
    number: usize,
    /// The connection by which it joined.
    joined_by: Option<ConnectionId>,
    /// The call as it was read for an event that is not applied yet.
    underway: Option<(ChannelCall, Event)>,
    /// The connections that were closed or dropped, and that the call has not heard of yet.
    dropped: VecDeque<ConnectionId>,
}

impl World {
    async fn new(seed: u64) -> Self {
        let ringing = Ringing::new().await;
        let anywhere = ringing.call_now(NOW).await.unwrap().binding(Role::Callee);
        Self {
            seed,
            dice: Dice(seed),
            ringing,
            anywhere,
            now: NOW,
            model: Progress::default(),
            actors: Default::default(),
            queue: VecDeque::new(),
            finals: BTreeMap::new(),
            accepts: 0,
        }
    }

    /// Makes one of the four read the call for its next event, or apply the event that it has read
    /// the call for. In between, the others have their turns.
    async fn step(&mut self) {
        self.now =
            self.now.after(Duration::from_millis(self.dice.below(PACES[self.seed as usize % 3])));
        let who = self.dice.below(4) as usize;
        if let Some((call, event)) = self.actors[who].underway.take() {
            self.apply(call, event).await;
        } else if let Some(event) = self.next_event(who).await {
            let call = self.read(&event).await;
            self.actors[who].underway = Some((call, event));
        }
    }

    /// Returns the next event of `who`.
    async fn next_event(&mut self, who: usize) -> Option<Event> {
        if who == QUEUE {
            let due = *self.queue.front()?;
            let is_due = self.now >= due;
            // Some are delivered early, and again when they are due; some are delivered twice.
            if is_due && self.dice.below(4) > 0 {
                self.queue.pop_front();
            }
            return (is_due || self.dice.below(8) == 0).then_some(Event::Deadline);
        }
        if let Some(connection) = self.actors[who].dropped.pop_front() {
            self.ringing.table.store.unbind(&connection).await.unwrap();
            return Some(Event::Disconnected(connection));
        }
        let Some(connection) = self.actors[who].connection.clone() else {
            return Some(self.connect(who));
        };
        let store = &self.ringing.table.store;
        let counted = store.count_message(&connection, self.now).await.unwrap();
        let binding = counted.unwrap().0;
        assert_eq!(Binding { role: Role::Callee, ..binding }, self.anywhere);
        let is_callee = binding.role == Role::Callee;
        match self.dice.below(16) {
            0..4 if is_callee => Some(Event::Accept(connection)),
            0..10 => Some(Event::MediaUp(connection)),
            10 if is_callee => Some(Event::Terminate(connection, TerminationReason::Reject)),
            10 => Some(Event::Terminate(connection, TerminationReason::Cancel)),
            11 => Some(Event::Terminate(connection, TerminationReason::Closed)),
            12 => {
                self.drop_connection(&connection);
                None
            }
            _ => Some(Event::Deadline),
        }
    }

    fn connect(&mut self, who: usize) -> Event {
        let role = if who == CALLER { Role::Caller } else { Role::Callee };
        let actor = &mut self.actors[who];
        actor.number += 1;
        let connection = ConnectionId::new(format!("{who} for the {}. time", actor.number));
        actor.connection = Some(connection.clone());
        match actor.joined_by.clone() {
            // Now and then a page is loaded again, and joins as somebody new.
            Some(joined_by) if self.dice.below(4) > 0 => {
                Event::Return { role, joined_by, connection }
            }
            _ => {
                actor.joined_by = Some(connection.clone());
                Event::Join(role, connection)
            }
        }
    }

    async fn read(&self, event: &Event) -> ChannelCall {
        let store = &self.ringing.table.store;
        let found =
            if let Event::Join(role, connection) | Event::Return { role, connection, .. } = event {
                let participant = self.ringing.participant(*role);
                let found = store.find_call(&participant, self.now).await.unwrap().unwrap();
                store.bind(connection, &found.binding(*role), after(7_200)).await.unwrap();
                found
            } else {
                store.call_of(&self.anywhere, self.now).await.unwrap().unwrap()
            };
        assert_eq!(found.progress, self.model, "seed {}", self.seed);
        found
    }

    /// Applies an event to the stored call and to the one in memory, and compares.
    async fn apply(&mut self, read: ChannelCall, event: Event) {
        let timeouts = Timeouts::default();
        // An event that would change nothing is judged by the call that was read; the others by the
        // stored one.
        let on_read = read.progress.after(&event, self.now, &timeouts);
        let is_written = on_read.as_ref().is_ok_and(|(progress, _)| *progress != read.progress);
        let base = if is_written { self.model.clone() } else { read.progress.clone() };
        let expected = base.after(&event, self.now, &timeouts);

        if self.dice.below(16) == 0 {
            self.ringing.table.wire.fail_next_of("UpdateItem", Fault::DropAfter);
        }
        let found = self.ringing.advance(read, &event, self.now).await;
        match (expected, found) {
            (Ok((progress, effects)), Ok(found)) => {
                assert_eq!(found.call.progress, progress, "seed {}: {event:?}", self.seed);
                assert_eq!(found.effects, effects, "seed {}: {event:?}", self.seed);
                self.accepts +=
                    usize::from(matches!(event, Event::Accept(_)) && is_accept(&effects));
                self.queue.extend(found.new_deadline);
                if is_written {
                    self.model = progress;
                }
                self.deliver(&effects);
            }
            (Err(refusal), Err(found)) => assert_eq!(found, AdvanceError::Refused(refusal)),
            (expected, found) => panic!("seed {}: {expected:?}, {found:?}", self.seed),
        }
    }

    fn deliver(&mut self, effects: &Effects) {
        for (connection, notice) in &effects.notices {
            let (Notice::Hello(state, reason) | Notice::Progress(state, reason)) = notice else {
                continue;
            };
            if *state == CallState::Terminated {
                let earlier = self.finals.insert(connection.clone(), reason.unwrap());
                assert_eq!(earlier, None, "seed {}: {connection:?} is notified once", self.seed);
            }
        }
        for connection in &effects.closes {
            self.drop_connection(connection);
        }
    }

    /// Notes that the connection is gone. The call hears of it later.
    fn drop_connection(&mut self, connection: &ConnectionId) {
        for actor in &mut self.actors {
            if actor.connection.take_if(|open| open == connection).is_some() {
                actor.dropped.push_back(connection.clone());
            }
        }
    }

    /// Delivers the events that are underway, disconnects all connections that are left, and
    /// delivers the deadlines.
    async fn end(mut self) -> String {
        for who in 0..self.actors.len() {
            if let Some((call, event)) = self.actors[who].underway.take() {
                self.apply(call, event).await;
            }
        }
        for who in 0..self.actors.len() {
            let actor = &mut self.actors[who];
            let open = actor.connection.take();
            for connection in actor.dropped.drain(..).chain(open).collect::<Vec<_>>() {
                let event = Event::Disconnected(connection);
                let call = self.read(&event).await;
                self.apply(call, event).await;
            }
        }
        if let Some(deadline) = self.model.deadline() {
            self.now = self.now.max(deadline);
            let call = self.read(&Event::Deadline).await;
            self.apply(call, Event::Deadline).await;
        }
        self.check_outcome().await
    }

    async fn check_outcome(&self) -> String {
        let seed = self.seed;
        let call = self.ringing.call_now(self.now).await.unwrap();
        assert_eq!(call.progress, self.model);
        assert_eq!(call.progress.state(), CallState::Terminated, "seed {seed}");
        assert_eq!(self.ringing.listed(self.now).await, 0);
        assert!(self.accepts <= 1, "seed {seed}");
        let outcome = call.progress.reason().unwrap();
        for (connection, reason) in &self.finals {
            let lost_the_race = *reason == TerminationReason::AnsweredElsewhere;
            let is_caller = connection.as_str().starts_with(&CALLER.to_string());
            let role = if is_caller { Role::Caller } else { Role::Callee };
            assert!(
                *reason == outcome.told_to(role) || lost_the_race,
                "seed {seed}: {connection:?}"
            );
        }
        format!("{outcome:?}, accepted: {}", self.accepts)
    }
}

/// Returns whether the effects are those of an accept, and not of a timeout before it.
fn is_accept(effects: &Effects) -> bool {
    effects
        .notices
        .iter()
        .any(|(_, notice)| *notice == Notice::Progress(CallState::Connecting, None))
}

/// The random generator SplitMix64. It is not that of a library, whose updates would change the
/// interleavings: a seed gives the same numbers in every version and on every machine.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % bound
    }
}
