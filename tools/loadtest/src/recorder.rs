//! Writes down what becomes of each request, as it becomes of it.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crate::{latencies::Latencies, requests::Outcome, results::Results, scenario::Scenario};

/// How long after the end an answer still counts as one in time: what is due last takes some time.
const GRACE: Duration = Duration::from_secs(1);

/// What was found so far.
#[derive(Debug)]
pub(crate) struct Recorder(Mutex<Records>);

#[derive(Debug)]
struct Records {
    results: Results,
    last: Recent,
    end: Option<Instant>,
}

/// What has come since somebody asked the last time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recent {
    pub(crate) latency: Latencies,
    /// All since the beginning.
    pub(crate) due: u64,
    pub(crate) answered: u64,
    pub(crate) failed: u64,
}

/// The times of a request that was sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    pub(crate) due: Instant,
    pub(crate) sent: Instant,
    /// Answered whole, or given up.
    pub(crate) ended: Instant,
}

impl Recorder {
    pub(crate) fn new(results: Results) -> Self {
        Self(Mutex::new(Records { results, last: Recent::default(), end: None }))
    }

    /// A request is due, so long after the beginning.
    pub(crate) fn due(&self, scenario: Scenario, at: Duration) {
        let mut records = self.lock();
        records.last.due += 1;
        records.results.scenarios.entry(scenario).or_default().due += 1;
        if let Some(interval) = records.results.interval(at) {
            interval.due += 1;
        }
    }

    /// It will never be sent, for too many others have no answer yet.
    pub(crate) fn not_sent(&self, scenario: Scenario, at: Duration) {
        self.lock().count(scenario, at, Err("not sent: too many in flight".to_owned()));
    }

    /// It was sent, and this is what became of it.
    pub(crate) fn ended(&self, scenario: Scenario, at: Duration, times: Times, outcome: Outcome) {
        let latency = times.ended - times.due;
        let mut records = self.lock();
        if records.end.is_none_or(|end| times.ended <= end + GRACE) {
            records.results.answered_in_time += 1;
        }
        records.last.latency.add(latency);
        records.results.lateness.add(times.sent - times.due);
        if let Some(interval) = records.results.interval(at) {
            interval.latency.add(latency);
        }
        let tally = records.results.scenarios.entry(scenario).or_default();
        tally.latency.add(latency);
        tally.service_time.add(times.ended - times.sent);
        if let Some(ping) = outcome.ping {
            records.results.pings.expected += 1;
            ping.into_iter().for_each(|ping| records.results.pings.latency.add(ping));
        }
        // A ping that is missing is an error of the call, even if its answer says otherwise.
        let is_unheard = outcome.answer.is_ok() && outcome.ping == Some(None);
        let missing = if is_unheard { Err("200, but no ping came".to_owned()) } else { Ok(()) };
        records.count(scenario, at, outcome.answer.and(missing));
    }

    /// Nothing more is due from now on.
    pub(crate) fn nothing_more_is_due(&self) {
        self.lock().end = Some(Instant::now());
    }

    /// What has come since this was asked the last time.
    pub(crate) fn recent(&self) -> Recent {
        let mut records = self.lock();
        let recent = records.last.clone();
        records.last.latency = Latencies::default();
        recent
    }

    /// All that was found so far.
    pub(crate) fn results(&self) -> Results {
        self.lock().results.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Records> {
        // Numbers are whole after each single step, also after a panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Records {
    fn count(&mut self, scenario: Scenario, at: Duration, answer: Result<(), String>) {
        let tally = self.results.scenarios.entry(scenario).or_default();
        let is_answered = answer.is_ok();
        match answer {
            Ok(()) => tally.answered += 1,
            Err(error) => *tally.errors.entry(error).or_default() += 1,
        }
        let (answered, failed) = (u64::from(is_answered), u64::from(!is_answered));
        self.last.answered += answered;
        self.last.failed += failed;
        if let Some(interval) = self.results.interval(at) {
            interval.answered += answered;
            interval.failed += failed;
        }
    }
}
