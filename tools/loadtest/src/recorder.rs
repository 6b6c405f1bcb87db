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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        results::{Mode, Run},
        schedule::{Arrival, Machine, Plan, Rate},
    };

    fn recorder() -> Recorder {
        let rate = Rate { from: 1.0, to: 1.0 };
        Recorder::new(Results::new(Run {
            mode: Mode::Steady,
            plan: Plan { rate, seconds: 10.0, arrival: Arrival::Constant, seed: 1 },
            weights: "call=1".parse().unwrap(),
            target: String::new(),
            version: String::new(),
            machines: vec![Machine { number: 1, count: 1 }],
            started_at: jiff::Timestamp::UNIX_EPOCH,
            interrupted: false,
            callees: 1,
            has_pings: true,
        }))
    }

    /// Sent and answered so many milliseconds after it was due.
    fn times(sent: u64, ended: u64) -> Times {
        let due = Instant::now();
        let after = |milliseconds| due + Duration::from_millis(milliseconds);
        Times { due, sent: after(sent), ended: after(ended) }
    }

    fn outcome(answer: Result<(), &str>, ping: Option<Option<u64>>) -> Outcome {
        let ping = ping.map(|ping| ping.map(Duration::from_millis));
        Outcome { answer: answer.map_err(str::to_owned), ping }
    }

    fn milliseconds(latencies: &Latencies) -> Option<u128> {
        latencies.quantile(0.5).map(|latency| latency.as_millis())
    }

    #[test]
    fn who_was_sent_late_has_waited_since_it_was_due() {
        let recorder = recorder();
        let at = Duration::from_secs(3);
        recorder.due(Scenario::Call, at);
        recorder.ended(Scenario::Call, at, times(300, 310), outcome(Ok(()), Some(Some(305))));
        let results = recorder.results();
        let tally = &results.scenarios[&Scenario::Call];
        assert_eq!(milliseconds(&tally.latency), Some(310));
        assert_eq!(milliseconds(&results.intervals[3].latency), Some(310));
        assert_eq!(milliseconds(&tally.service_time), Some(10));
        assert_eq!(milliseconds(&results.lateness), Some(300));
        assert_eq!(milliseconds(&results.pings.latency), Some(305));
        assert_eq!((tally.due, tally.answered, tally.failed()), (1, 1, 0));
        assert_eq!((results.intervals[3].due, results.intervals[3].answered), (1, 1));
    }

    #[test]
    fn a_call_that_did_not_ring_is_one_error_whatever_its_answer_says() {
        for answer in [Ok(()), Err("503")] {
            let recorder = recorder();
            recorder.due(Scenario::Call, Duration::ZERO);
            let outcome = outcome(answer, Some(None));
            recorder.ended(Scenario::Call, Duration::ZERO, times(0, 1), outcome);
            let results = recorder.results();
            assert_eq!((results.total().answered, results.total().failed()), (0, 1));
            assert_eq!((results.pings.expected, results.missing_pings()), (1, 1));
        }
    }

    #[test]
    fn an_answer_long_after_the_end_is_not_in_time() {
        let recorder = recorder();
        recorder.nothing_more_is_due();
        for milliseconds in [0, 5_000] {
            let times = times(0, milliseconds);
            recorder.ended(Scenario::Open, Duration::ZERO, times, outcome(Ok(()), None));
        }
        assert_eq!(recorder.results().answered_in_time, 1);
    }

    #[test]
    fn what_was_not_sent_is_an_error_without_a_latency() {
        let recorder = recorder();
        recorder.due(Scenario::Open, Duration::ZERO);
        recorder.not_sent(Scenario::Open, Duration::ZERO);
        let total = recorder.results().total();
        assert_eq!((total.due, total.failed(), total.latency.count()), (1, 1, 0));
    }
}
