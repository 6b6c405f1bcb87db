//! The results of one machine, and of several together.

use std::{collections::BTreeMap, time::Duration};

use load::{BoxError, Latencies, Memory, Part, Plan};
use serde::{Deserialize, Serialize};
use strum::Display;

use crate::scenario::{Scenario, Weights};

/// The most points in time that plots have.
const INTERVALS_MAX: u64 = 120;

/// The results of a test.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Results {
    pub(crate) run: Run,
    /// The requests by the interval in which they were due, in order.
    pub(crate) intervals: Vec<Tally>,
    pub(crate) scenarios: BTreeMap<Scenario, Tally>,
    pub(crate) pings: Pings,
    /// The times from when requests were due until they were sent, which are faults of the load
    /// generator.
    pub(crate) lateness: Latencies,
    /// The number of responses of any kind that came before the time was over, or a second later.
    pub(crate) answered_in_time: u64,
    /// The resident memory of the watched process, at equal distances.
    pub(crate) memory: Option<Vec<Memory>>,
}

/// The description of a test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Run {
    pub(crate) mode: Mode,
    pub(crate) plan: Plan,
    pub(crate) weights: Weights,
    /// The service under load, and its version.
    pub(crate) target: String,
    pub(crate) version: String,
    /// The machines that have contributed to the results.
    pub(crate) machines: Vec<Part>,
    /// The moment when the first request of the first machine was due.
    pub(crate) started_at: jiff::Timestamp,
    /// True if the test was ended early.
    pub(crate) interrupted: bool,
    pub(crate) callees: usize,
    /// True if calls ping a push receiver of this tool.
    pub(crate) has_pings: bool,
}

#[derive(Clone, Copy, Debug, Display, PartialEq, Eq, Serialize, Deserialize)]
#[strum(serialize_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mode {
    Steady,
    Ramp,
    Soak,
}

/// The outcomes of the requests of a scenario, or of those that were due in an interval.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Tally {
    pub(crate) due: u64,
    /// The number of requests with the expected response.
    pub(crate) answered: u64,
    /// The number of each error in place of the expected response.
    pub(crate) errors: BTreeMap<String, u64>,
    /// The times from when requests were due until their responses were complete or given up.
    /// Requests that were never sent have none.
    pub(crate) latency: Latencies,
    /// The same times from when requests were sent.
    pub(crate) service_time: Latencies,
}

/// The pings of calls that had to ping.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Pings {
    /// The number of successful calls that had to ping.
    pub(crate) expected: u64,
    /// The times from when calls were due until their pings came.
    pub(crate) latency: Latencies,
}

impl Results {
    pub(crate) fn new(run: Run) -> Self {
        let count = run.plan.duration.div_duration_f64(run.interval()).ceil() as usize;
        Self {
            intervals: vec![Tally::default(); count],
            scenarios: BTreeMap::new(),
            pings: Pings::default(),
            lateness: Latencies::default(),
            answered_in_time: 0,
            memory: None,
            run,
        }
    }

    /// Returns the results of a test that was ended early, without the intervals after that.
    pub(crate) fn interrupted(mut self) -> Self {
        let last = self.intervals.iter().rposition(|interval| interval.due > 0);
        self.intervals.truncate(last.map_or(0, |last| last + 1));
        self.run.interrupted = true;
        self
    }

    /// Returns the tallies of a scenario and of the interval in which a request is due.
    pub(crate) fn tallies(&mut self, scenario: Scenario, at: Duration) -> [&mut Tally; 2] {
        let index = at.div_duration_f64(self.run.interval()) as usize;
        // Rounding may move the last requests beyond the end.
        let index = index.min(self.intervals.len() - 1);
        [self.scenarios.entry(scenario).or_default(), &mut self.intervals[index]]
    }

    /// Returns the sum of all scenarios.
    pub(crate) fn total(&self) -> Tally {
        let mut total = Tally::default();
        self.scenarios.values().for_each(|tally| total.add(tally));
        total
    }

    /// Returns the number of missing pings.
    pub(crate) fn missing_pings(&self) -> u64 {
        self.pings.expected.saturating_sub(self.pings.latency.count())
    }

    /// Returns the share of all requests that got a response in time.
    pub(crate) fn share_in_time(&self) -> f64 {
        self.answered_in_time as f64 / self.total().due as f64
    }

    /// Returns the results of several machines as those of one. Fails, if they are not parts of the
    /// same test.
    pub(crate) fn merge(mut parts: impl Iterator<Item = Self>) -> Result<Self, BoxError> {
        let mut merged = parts.next().ok_or("there is nothing to merge")?;
        for part in parts {
            merged.run.join(&part.run)?;
            let longest = merged.intervals.len().max(part.intervals.len());
            merged.intervals.resize_with(longest, Tally::default);
            for (interval, other) in merged.intervals.iter_mut().zip(&part.intervals) {
                interval.add(other);
            }
            for (scenario, tally) in &part.scenarios {
                merged.scenarios.entry(*scenario).or_default().add(tally);
            }
            merged.pings.expected += part.pings.expected;
            merged.pings.latency.add_all(&part.pings.latency);
            merged.lateness.add_all(&part.lateness);
            merged.answered_in_time += part.answered_in_time;
            merged.memory = merged.memory.or(part.memory);
        }
        Ok(merged)
    }
}

impl Run {
    /// Returns the length of each interval: whole seconds, at least one.
    pub(crate) fn interval(&self) -> Duration {
        let seconds = self.plan.duration.as_secs_f64() / INTERVALS_MAX as f64;
        Duration::from_secs((seconds.ceil() as u64).max(1))
    }

    fn join(&mut self, other: &Self) -> Result<(), BoxError> {
        let of_all = |run: &Self| (run.mode, run.plan, run.weights.clone(), run.target.clone());
        if of_all(self) != of_all(other) {
            let same = "mode, rate, time, arrival, seed, weights and target have to be the same";
            return Err(format!("results of different tests: {same}").into());
        }
        for Part { number, count } in other.machines.iter().copied() {
            let mut known = self.machines.iter();
            if known.any(|known| known.number == number || known.count != count) {
                return Err(format!("machine {number}/{count} does not fit the others").into());
            }
            self.machines.push(Part { number, count });
        }
        self.machines.sort_by_key(|machine| machine.number);
        self.started_at = self.started_at.min(other.started_at);
        self.interrupted |= other.interrupted;
        self.callees += other.callees;
        self.has_pings |= other.has_pings;
        Ok(())
    }
}

impl Tally {
    fn add(&mut self, other: &Self) {
        self.due += other.due;
        self.answered += other.answered;
        for (error, count) in &other.errors {
            *self.errors.entry(error.clone()).or_default() += count;
        }
        self.latency.add_all(&other.latency);
        self.service_time.add_all(&other.service_time);
    }

    /// Counts the outcome of a request.
    pub(crate) fn count(&mut self, response: &Result<(), String>) {
        match response {
            Ok(()) => self.answered += 1,
            Err(error) => *self.errors.entry(error.clone()).or_default() += 1,
        }
    }

    /// Returns the number of requests that did not get the expected response.
    pub(crate) fn failed(&self) -> u64 {
        self.errors.values().sum()
    }
}
