//! A recorder of what becomes of each request, as it becomes of it.

use std::{
    mem,
    sync::mpsc::{Receiver, RecvTimeoutError},
    time::{Duration, Instant},
};

use load::Latencies;

use crate::{requests::Outcome, results::Results, scenario::Scenario, text::milliseconds};

/// The time after the end in which a response still counts as one in time: what is due last takes
/// some time.
const GRACE: Duration = Duration::from_secs(1);
/// The time from one line about the progress to the next.
const PROGRESS_PERIOD: Duration = Duration::from_secs(1);

/// Something to record. Requests are named by their scenario and when they were due.
#[derive(Debug)]
pub(crate) enum Event {
    /// A request is due.
    Due(Scenario, Duration),
    /// It will never be sent, for too many others have no response yet.
    NotSent(Scenario, Duration),
    /// It was sent, and this is what became of it.
    Ended(Scenario, Duration, Times, Outcome),
    /// Nothing more is due.
    Over(Instant),
}

/// The times of a request that was sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    pub(crate) due: Instant,
    pub(crate) sent: Instant,
    /// The moment when the response was complete, or given up.
    pub(crate) ended: Instant,
}

/// A recorder of one test.
#[derive(Debug)]
pub(crate) struct Recorder {
    results: Results,
    /// Those since the last line about the progress.
    recent: Latencies,
    end: Option<Instant>,
}

impl Recorder {
    pub(crate) fn new(results: Results) -> Self {
        Self { results, recent: Latencies::default(), end: None }
    }

    /// Records events, and tells the progress, until all senders of events are gone.
    pub(crate) fn run(mut self, events: &Receiver<Event>) -> Results {
        let begin = Instant::now();
        let mut next_line = begin + PROGRESS_PERIOD;
        loop {
            match events.recv_timeout(next_line.saturating_duration_since(Instant::now())) {
                Ok(event) => self.record(event),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return self.results,
            }
            if Instant::now() >= next_line {
                self.tell_progress(begin.elapsed());
                next_line = Instant::now() + PROGRESS_PERIOD;
            }
        }
    }

    fn record(&mut self, event: Event) {
        match event {
            Event::Due(scenario, at) => {
                self.results.tallies(scenario, at).into_iter().for_each(|tally| tally.due += 1);
            }
            Event::NotSent(scenario, at) => {
                self.count(scenario, at, &Err("not sent: too many in flight".to_owned()));
            }
            Event::Ended(scenario, at, times, outcome) => {
                self.ended(scenario, at, times, outcome);
            }
            Event::Over(end) => self.end = Some(end),
        }
    }

    fn ended(&mut self, scenario: Scenario, at: Duration, times: Times, outcome: Outcome) {
        let latency = times.ended - times.due;
        if self.end.is_none_or(|end| times.ended <= end + GRACE) {
            self.results.answered_in_time += 1;
        }
        self.recent.add(latency);
        self.results.lateness.add(times.sent - times.due);
        for tally in self.results.tallies(scenario, at) {
            tally.latency.add(latency);
            tally.service_time.add(times.ended - times.sent);
        }
        if let Some(ping) = outcome.ping {
            self.results.pings.expected += 1;
            ping.into_iter().for_each(|ping| self.results.pings.latency.add(ping));
        }
        // A ping that is missing is an error of the call, even if its response says otherwise.
        let response = outcome.response.and_then(|()| match outcome.ping {
            Some(None) => Err("200, but no ping came".to_owned()),
            _ => Ok(()),
        });
        self.count(scenario, at, &response);
    }

    fn count(&mut self, scenario: Scenario, at: Duration, response: &Result<(), String>) {
        self.results.tallies(scenario, at).into_iter().for_each(|tally| tally.count(response));
    }

    fn tell_progress(&mut self, elapsed: Duration) {
        let tallies = self.results.scenarios.values();
        let [due, answered, failed] = tallies.fold([0; 3], |[due, answered, failed], tally| {
            [due + tally.due, answered + tally.answered, failed + tally.failed()]
        });
        let recent = mem::take(&mut self.recent);
        eprintln!(
            "{:>5} of {} s  due {due:<7} answered {answered:<7} in flight {:<4} errors {failed:<5} \
             last second: p50 {}, p99 {}",
            elapsed.as_secs(),
            self.results.run.plan.duration.as_secs_f64().ceil(),
            due - answered - failed,
            milliseconds(recent.quantile(0.5)),
            milliseconds(recent.quantile(0.99)),
        );
    }
}

#[cfg(test)]
mod tests {
    use load::{Part, Plan};

    use super::*;
    use crate::results::{Mode, Run};

    /// Returns the results after these events.
    fn recorded(events: impl IntoIterator<Item = Event>) -> Results {
        let mut recorder = Recorder::new(Results::new(Run {
            mode: Mode::Steady,
            plan: Plan::constant(1.0, Duration::from_secs(10), 1),
            weights: "call=1".parse().unwrap(),
            target: String::new(),
            version: String::new(),
            machines: vec![Part { number: 1, count: 1 }],
            started_at: jiff::Timestamp::UNIX_EPOCH,
            interrupted: false,
            callees: 1,
            has_pings: true,
        }));
        events.into_iter().for_each(|event| recorder.record(event));
        recorder.results
    }

    /// A request that was due at 3 s, and sent and answered so many milliseconds later.
    fn ended(
        sent: u64,
        ended: u64,
        response: Result<(), &str>,
        ping: Option<Option<u64>>,
    ) -> Event {
        let due = Instant::now();
        let after = |milliseconds| due + Duration::from_millis(milliseconds);
        let times = Times { due, sent: after(sent), ended: after(ended) };
        let ping = ping.map(|ping| ping.map(Duration::from_millis));
        let outcome = Outcome { response: response.map_err(str::to_owned), ping };
        Event::Ended(Scenario::Call, AT, times, outcome)
    }

    const AT: Duration = Duration::from_secs(3);
    const DUE: Event = Event::Due(Scenario::Call, AT);

    #[test]
    fn a_request_that_was_sent_late_has_waited_since_it_was_due() {
        let results = recorded([DUE, ended(300, 310, Ok(()), Some(Some(305)))]);
        let milliseconds = |it: &Latencies| it.quantile(0.5).map(|latency| latency.as_millis());
        for tally in [&results.scenarios[&Scenario::Call], &results.intervals[3]] {
            assert_eq!(milliseconds(&tally.latency), Some(310));
            assert_eq!(milliseconds(&tally.service_time), Some(10));
            assert_eq!((tally.due, tally.answered, tally.failed()), (1, 1, 0));
        }
        assert_eq!(milliseconds(&results.lateness), Some(300));
        assert_eq!(milliseconds(&results.pings.latency), Some(305));
    }

    #[test]
    fn a_call_that_did_not_ring_is_one_error_whatever_its_response() {
        for response in [Ok(()), Err("503")] {
            let results = recorded([DUE, ended(0, 1, response, Some(None))]);
            assert_eq!((results.total().answered, results.total().failed()), (0, 1));
            assert_eq!((results.pings.expected, results.missing_pings()), (1, 1));
        }
    }

    #[test]
    fn a_response_long_after_the_end_is_not_in_time() {
        let over = Event::Over(Instant::now());
        let results = recorded([over, ended(0, 0, Ok(()), None), ended(0, 5_000, Ok(()), None)]);
        assert_eq!(results.answered_in_time, 1);
    }

    #[test]
    fn what_was_not_sent_is_an_error_without_a_latency() {
        let total = recorded([DUE, Event::NotSent(Scenario::Call, AT)]).total();
        assert_eq!((total.due, total.failed(), total.latency.count()), (1, 1, 0));
    }
}
