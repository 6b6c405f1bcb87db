//! A generator that sends each request when it is due, whatever became of those before.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, Sender},
    },
    time::{Duration, Instant},
};

use fastrand::Rng;
use load::Due;
use tokio::{runtime::Handle, sync::Semaphore};

use crate::{
    callees::Callees,
    recorder::{Event, Times},
    requests::play,
    scenario::{Scenario, Weights},
};

/// A generator of load.
#[derive(Debug)]
pub(crate) struct Generator {
    pub(crate) callees: Arc<Callees>,
    pub(crate) weights: Weights,
    /// One permit for each request that may be without a response at the same time.
    pub(crate) in_flight: Arc<Semaphore>,
    /// Dropped when all responses are there or given up, which may be after [`Generator::run`].
    pub(crate) events: Sender<Event>,
}

impl Generator {
    /// Sends what is due, until all of it is or `stop` says something.
    ///
    /// It blocks: a thread that sleeps is woken within microseconds of when it wants to be, a timer
    /// of the runtime within milliseconds.
    pub(crate) fn run(self, schedule: impl Iterator<Item = Due>, stop: &Receiver<()>) {
        let runtime = Handle::current();
        let begin = Instant::now();
        let mut turns = BTreeMap::new();
        for due in schedule {
            let wait = (begin + due.at).saturating_duration_since(Instant::now());
            // What is late is sent at once.
            if stop.recv_timeout(wait) != Err(RecvTimeoutError::Timeout) {
                break;
            }
            let mut random = Rng::with_seed(due.seed);
            let scenario = self.weights.choose(random.u64(..));
            let turn = turns.entry(scenario).or_insert(0_usize);
            self.send(&runtime, scenario, *turn, begin, due.at, random);
            *turn += 1;
        }
        self.events.send(Event::Over(Instant::now())).expect("the recorder ends last");
    }

    fn send(
        &self,
        runtime: &Handle,
        scenario: Scenario,
        turn: usize,
        begin: Instant,
        at: Duration,
        mut random: Rng,
    ) {
        let record = |event| self.events.send(event).expect("the recorder ends last");
        record(Event::Due(scenario, at));
        let Ok(permit) = Arc::clone(&self.in_flight).try_acquire_owned() else {
            // Waiting here would delay all that is due later, and the load with it.
            return record(Event::NotSent(scenario, at));
        };
        let (callees, events) = (Arc::clone(&self.callees), self.events.clone());
        runtime.spawn(async move {
            let (due, sent) = (begin + at, Instant::now());
            let outcome = play(scenario, &callees, turn, &mut random, due).await;
            let times = Times { due, sent, ended: Instant::now() };
            let event = Event::Ended(scenario, at, times, outcome);
            events.send(event).expect("the recorder ends last");
            drop(permit);
        });
    }
}

/// Returns when the calls of a schedule are due.
pub(crate) fn calls(
    schedule: impl Iterator<Item = Due> + Clone,
    weights: &Weights,
) -> impl Iterator<Item = Duration> + Clone {
    schedule
        .filter(|due| weights.choose(Rng::with_seed(due.seed).u64(..)) == Scenario::Call)
        .map(|due| due.at)
}
