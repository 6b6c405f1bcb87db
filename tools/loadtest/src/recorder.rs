//! A recorder of the outcome of each request.

use std::{
    mem,
    sync::mpsc::{Receiver, RecvTimeoutError},
    time::{Duration, Instant},
};

use load::Latencies;

use crate::{quantity::milliseconds, requests::Outcome, results::Results, scenario::Scenario};

/// The time after the end in which a response still counts as one in time, since the last requests
/// take some time.
const GRACE: Duration = Duration::from_secs(1);
/// The time from one line about the progress to the next.
const PROGRESS_PERIOD: Duration = Duration::from_secs(1);

/// An event to record. A request is named by its scenario and the time when it was due.
#[derive(Debug)]
pub(crate) enum Event {
    /// A request is due.
    Due(Scenario, Duration),
    /// A request is never sent, since too many others have no response yet.
    NotSent(Scenario, Duration),
    /// A request was sent, and has this outcome.
    Ended(Scenario, Duration, Times, Outcome),
    /// No more requests are due.
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
    /// The latencies since the last line about the progress.
    recent: Latencies,
    end: Option<Instant>,
}

impl Recorder {
    pub(crate) fn new(results: Results) -> Self {
        Self { results, recent: Latencies::default(), end: None }
    }

    /// Records events and prints the progress, until all senders of events are gone.
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
                let error = Err("not sent: too many in flight".to_owned());
                self.results.tallies(scenario, at).into_iter().for_each(|it| it.count(&error));
            }
            Event::Ended(scenario, at, times, outcome) => {
                self.ended(scenario, at, times, outcome);
            }
            Event::Over(end) => self.end = Some(end),
        }
    }

    fn ended(&mut self, scenario: Scenario, at: Duration, times: Times, outcome: Outcome) {
        let Self { results, recent, end } = self;
        let latency = times.ended - times.due;
        results.answered_in_time += u64::from(end.is_none_or(|end| times.ended <= end + GRACE));
        results.lateness.add(times.sent - times.due);
        recent.add(latency);
        if let Some(ping) = outcome.ping {
            results.pings.expected += 1;
            ping.into_iter().for_each(|ping| results.pings.latency.add(ping));
        }
        // A missing ping is an error of the call, although its response is the expected one.
        let response = outcome.response.and_then(|()| match outcome.ping {
            Some(None) => Err("200, but no ping came".to_owned()),
            _ => Ok(()),
        });
        for tally in results.tallies(scenario, at) {
            tally.latency.add(latency);
            tally.service_time.add(times.ended - times.sent);
            tally.count(&response);
        }
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

    /// Returns the end of a request that was due at 3 s, and was sent and got its response so many
    /// milliseconds later.
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
    fn a_late_request_has_waited_since_it_was_due() {
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
    fn a_call_that_did_not_ring_is_one_error() {
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
