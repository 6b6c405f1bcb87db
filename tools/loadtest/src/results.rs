//! Results of one machine, and of several together.

use std::{collections::BTreeMap, time::Duration};

use load::{BoxError, Latencies, Memory, Part, Plan};
use serde::{Deserialize, Serialize};
use strum::Display;

use crate::scenario::{Scenario, Weights};

/// The most points in time that plots have.
const INTERVALS_MAX: u64 = 120;

/// All that is kept of a test.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Results {
    pub(crate) run: Run,
    /// Requests by the part of the time in which they were due, in order.
    pub(crate) intervals: Vec<Tally>,
    pub(crate) scenarios: BTreeMap<Scenario, Tally>,
    pub(crate) pings: Pings,
    /// How much later than they were due requests were sent: the load generator's own fault.
    pub(crate) lateness: Latencies,
    /// Responses of any kind that came before the time was over, or a second later.
    pub(crate) answered_in_time: u64,
    /// The resident memory of the process that was watched, at equal distances.
    pub(crate) memory: Option<Vec<Memory>>,
}

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Run {
    pub(crate) mode: Mode,
    pub(crate) plan: Plan,
    pub(crate) weights: Weights,
    /// The service under load, and its version.
    pub(crate) target: String,
    pub(crate) version: String,
    /// The machines whose results these are.
    pub(crate) machines: Vec<Part>,
    /// The moment when the first request of the first machine was due.
    pub(crate) started_at: jiff::Timestamp,
    /// Whether the test was ended early.
    pub(crate) interrupted: bool,
    pub(crate) callees: usize,
    /// Whether calls ping a push receiver of ours.
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

/// What became of the requests of a scenario, or of those that were due in a part of the time.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Tally {
    pub(crate) due: u64,
    /// Requests with the expected response.
    pub(crate) answered: u64,
    /// What came instead of the expected response, and how often.
    pub(crate) errors: BTreeMap<String, u64>,
    /// From when a request was due until its response was complete, or it was given up. What was
    /// never sent has none.
    pub(crate) latency: Latencies,
    /// The same from when it was sent.
    pub(crate) service_time: Latencies,
}

/// What came of the calls that had to ping.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Pings {
    /// Calls that succeeded and had to have pinged.
    pub(crate) expected: u64,
    /// From when a call was due until its ping came.
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

    /// Ends the test early: nothing could have been due after this.
    pub(crate) fn interrupt(&mut self) {
        let last = self.intervals.iter().rposition(|interval| interval.due > 0);
        self.intervals.truncate(last.map_or(0, |last| last + 1));
        self.run.interrupted = true;
    }

    /// Returns the tallies of a scenario and of the part of the time in which a request is due.
    pub(crate) fn tallies(&mut self, scenario: Scenario, at: Duration) -> [&mut Tally; 2] {
        let index = at.div_duration_f64(self.run.interval()) as usize;
        // Rounding may take what is due last beyond the end.
        let index = index.min(self.intervals.len() - 1);
        [self.scenarios.entry(scenario).or_default(), &mut self.intervals[index]]
    }

    /// Returns all scenarios together.
    pub(crate) fn total(&self) -> Tally {
        let mut total = Tally::default();
        self.scenarios.values().for_each(|tally| total.add(tally));
        total
    }

    /// Returns the number of pings that had to come and did not.
    pub(crate) fn missing_pings(&self) -> u64 {
        self.pings.expected.saturating_sub(self.pings.latency.count())
    }

    /// Returns the share of what was due that was answered in time.
    pub(crate) fn share_in_time(&self) -> f64 {
        self.answered_in_time as f64 / self.total().due as f64
    }

    /// Returns the results of several machines as those of one.
    ///
    /// # Errors
    /// They are not parts of the same test.
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
    /// Returns how long each part of the time is: whole seconds, at least one.
    pub(crate) fn interval(&self) -> Duration {
        let seconds = self.plan.duration.as_secs_f64() / INTERVALS_MAX as f64;
        Duration::from_secs((seconds.ceil() as u64).max(1))
    }

    fn join(&mut self, other: &Self) -> Result<(), BoxError> {
        let of_all = |run: &Self| (run.mode, run.plan, run.weights.clone(), run.target.clone());
        if of_all(self) != of_all(other) {
            return Err(
                "results of different tests: mode, rate, time, arrival, seed, weights and \
                        target have to be the same"
                    .into(),
            );
        }
        for machine in &other.machines {
            let is_same = |known: &Part| known.number == machine.number;
            if self.machines.iter().any(|known| is_same(known) || known.count != machine.count) {
                let Part { number, count } = machine;
                return Err(format!("machine {number}/{count} does not fit the others").into());
            }
            self.machines.push(*machine);
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

    /// Counts a request.
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
