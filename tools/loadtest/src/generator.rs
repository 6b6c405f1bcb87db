//! Sends each request when it is due, whatever became of those before.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError},
    },
    time::{Duration, Instant},
};

use fastrand::Rng;
use tokio::{runtime::Handle, sync::Semaphore};

use crate::{
    callees::Callees,
    recorder::{Recorder, Times},
    requests::play,
    scenario::{Scenario, Weights},
    schedule::Due,
    service::Service,
};

/// What sends the load.
#[derive(Clone, Debug)]
pub(crate) struct Generator {
    pub(crate) service: Service,
    pub(crate) callees: Arc<Callees>,
    pub(crate) recorder: Arc<Recorder>,
    pub(crate) weights: Weights,
    /// One permit for each request that may be without an answer at the same time.
    pub(crate) in_flight: Arc<Semaphore>,
}

impl Generator {
    /// Sends what is due, until all of it is or `stop` says something. Answers may still be to come
    /// then.
    ///
    /// It blocks: a thread that sleeps is woken within microseconds of when it wants to be, a timer
    /// of the runtime within milliseconds.
    pub(crate) fn run(&self, schedule: impl Iterator<Item = Due>, stop: &Receiver<()>) {
        let runtime = Handle::current();
        let begin = Instant::now();
        let mut turns = BTreeMap::new();
        for due in schedule {
            let wait = (begin + due.at).saturating_duration_since(Instant::now());
            // What is late is sent at once.
            if stop.recv_timeout(wait) != Err(RecvTimeoutError::Timeout) {
                break;
            }
            let mut random = Rng::with_seed(due.chance);
            let scenario = self.weights.choose(random.u64(..));
            let turn = turns.entry(scenario).or_insert(0_usize);
            self.send(&runtime, scenario, *turn, begin, due.at, random);
            *turn += 1;
        }
        self.recorder.nothing_more_is_due();
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
        self.recorder.due(scenario, at);
        let Ok(permit) = Arc::clone(&self.in_flight).try_acquire_owned() else {
            // Waiting here would delay all that is due later, and the load with it.
            self.recorder.not_sent(scenario, at);
            return;
        };
        let Self { service, callees, recorder, .. } = self.clone();
        runtime.spawn(async move {
            let (due, sent) = (begin + at, Instant::now());
            let outcome = play(scenario, &service, &callees, turn, &mut random, due).await;
            recorder.ended(scenario, at, Times { due, sent, ended: Instant::now() }, outcome);
            drop(permit);
        });
    }
}

/// When the calls of a schedule are due.
pub(crate) fn calls(
    schedule: impl Iterator<Item = Due> + Clone,
    weights: &Weights,
) -> impl Iterator<Item = Duration> + Clone {
    schedule
        .filter(|due| weights.choose(Rng::with_seed(due.chance).u64(..)) == Scenario::Call)
        .map(|due| due.at)
}
