//! A generator that sends each request when it is due, regardless of the requests before.

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
    /// The permits for requests without a response.
    pub(crate) in_flight: Arc<Semaphore>,
    /// The sender to the recorder. The last copy is dropped when all responses have come or are
    /// given up, which may be after [`Generator::run`].
    pub(crate) events: Sender<Event>,
}

impl Generator {
    /// Sends all requests, or those until `stop` ends.
    ///
    /// This method blocks: a thread that sleeps is woken within microseconds, a timer of the
    /// runtime within milliseconds.
    pub(crate) fn run(self, schedule: impl Iterator<Item = Due>, stop: &Receiver<()>) {
        let record = |event| self.events.send(event).expect("the recorder ends last");
        let (runtime, begin) = (Handle::current(), Instant::now());
        let mut turns = BTreeMap::new();
        for Due { at, seed, .. } in schedule {
            let due = begin + at;
            // A late request is sent at once.
            let wait = due.saturating_duration_since(Instant::now());
            if stop.recv_timeout(wait) != Err(RecvTimeoutError::Timeout) {
                break;
            }
            let mut random = Rng::with_seed(seed);
            let scenario = self.weights.choose(random.u64(..));
            let turn = turns.entry(scenario).and_modify(|turn| *turn += 1).or_insert(0);
            record(Event::Due(scenario, at));
            let Ok(permit) = Arc::clone(&self.in_flight).try_acquire_owned() else {
                // Waiting here would delay all later requests.
                record(Event::NotSent(scenario, at));
                continue;
            };
            let (callees, events, turn) = (Arc::clone(&self.callees), self.events.clone(), *turn);
            runtime.spawn(async move {
                let sent = Instant::now();
                let outcome = play(scenario, &callees, turn, &mut random, due).await;
                let times = Times { due, sent, ended: Instant::now() };
                let ended = events.send(Event::Ended(scenario, at, times, outcome));
                ended.expect("the recorder ends last");
                drop(permit);
            });
        }
        record(Event::Over(Instant::now()));
    }
}

/// Returns the times when the calls of a schedule are due.
pub(crate) fn calls(
    schedule: impl Iterator<Item = Due> + Clone,
    weights: &Weights,
) -> impl Iterator<Item = Duration> + Clone {
    schedule
        .filter(|due| weights.choose(Rng::with_seed(due.seed).u64(..)) == Scenario::Call)
        .map(|due| due.at)
}
