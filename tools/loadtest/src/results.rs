//! What was found: by one machine while it runs, and of several together.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{
    Failure,
    latencies::Latencies,
    scenario::{Scenario, Weights},
    schedule::{Machine, Plan},
};

/// Plots have at most so many points in time.
const INTERVALS_MAX: f64 = 120.0;

/// All that is kept of a run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Results {
    pub(crate) run: Run,
    /// What was due in each part of the time, in order.
    pub(crate) intervals: Vec<Interval>,
    pub(crate) scenarios: BTreeMap<Scenario, Tally>,
    pub(crate) pings: Pings,
    /// How much later than they were due requests were sent: the load generator's own fault.
    pub(crate) lateness: Latencies,
    /// Answers of any kind that came before the time was over, or a second later.
    pub(crate) answered_in_time: u64,
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
    /// Those whose results these are.
    pub(crate) machines: Vec<Machine>,
    /// When the first request of the first of them was due.
    pub(crate) started_at: jiff::Timestamp,
    /// It was ended early.
    pub(crate) interrupted: bool,
    pub(crate) callees: usize,
    /// Whether calls ping a push receiver of ours.
    pub(crate) has_pings: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mode {
    Steady,
    Ramp,
    Soak,
}

/// What was due in a part of the time, whenever it was answered.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Interval {
    pub(crate) due: u64,
    /// As expected.
    pub(crate) answered: u64,
    pub(crate) failed: u64,
    /// From when requests were due.
    pub(crate) latency: Latencies,
}

/// What became of the requests of a scenario.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Tally {
    pub(crate) due: u64,
    /// As expected.
    pub(crate) answered: u64,
    /// What came instead of the expected answer, and how often.
    pub(crate) errors: BTreeMap<String, u64>,
    /// From when a request was due until its answer was complete, or it was given up. What was
    /// never sent has none.
    pub(crate) latency: Latencies,
    /// The same from when it was sent.
    pub(crate) service_time: Latencies,
}

/// What came of the calls that had to ping.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Pings {
    /// Calls that were answered and had to have pinged.
    pub(crate) expected: u64,
    /// From when a call was due until its ping came.
    pub(crate) latency: Latencies,
}

impl Results {
    pub(crate) fn new(run: Run) -> Self {
        let count = (run.plan.seconds / interval_seconds(&run.plan)).ceil() as usize;
        Self {
            intervals: vec![Interval::default(); count],
            scenarios: BTreeMap::new(),
            pings: Pings::default(),
            lateness: Latencies::default(),
            answered_in_time: 0,
            run,
        }
    }

    /// It was ended here: there is no more time in which something could have been due.
    pub(crate) fn interrupt(&mut self) {
        let last = self.intervals.iter().rposition(|interval| interval.due > 0);
        self.intervals.truncate(last.map_or(0, |last| last + 1));
        self.run.interrupted = true;
    }

    /// The part of the time in which a request is due.
    pub(crate) fn interval(&mut self, at: Duration) -> Option<&mut Interval> {
        let index = (at.as_secs_f64() / self.interval_seconds()) as usize;
        // Rounding may take what is due last beyond the end.
        let last = self.intervals.len().checked_sub(1)?;
        self.intervals.get_mut(index.min(last))
    }

    /// How long each part of the time is.
    pub(crate) fn interval_seconds(&self) -> f64 {
        interval_seconds(&self.run.plan)
    }

    /// All scenarios together.
    pub(crate) fn total(&self) -> Tally {
        let mut total = Tally::default();
        for tally in self.scenarios.values() {
            total.add(tally);
        }
        total
    }

    /// Pings that had to come and did not.
    pub(crate) fn missing_pings(&self) -> u64 {
        self.pings.expected.saturating_sub(self.pings.latency.count())
    }

    /// The results of several machines as those of one.
    ///
    /// # Errors
    /// They are not parts of the same test.
    pub(crate) fn merge(mut parts: impl Iterator<Item = Self>) -> Result<Self, Failure> {
        let mut merged = parts.next().ok_or("there is nothing to merge")?;
        for part in parts {
            merged.run.join(&part.run)?;
            let longest = merged.intervals.len().max(part.intervals.len());
            merged.intervals.resize_with(longest, Interval::default);
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
        }
        Ok(merged)
    }
}

impl Run {
    fn join(&mut self, other: &Self) -> Result<(), Failure> {
        let of_all = |run: &Self| (run.mode, run.plan, run.weights.clone(), run.target.clone());
        if of_all(self) != of_all(other) {
            return Err(
                "results of different tests: mode, rate, time, arrival, seed, weights and \
                        target have to be the same"
                    .into(),
            );
        }
        for machine in &other.machines {
            let is_same = |known: &Machine| known.number == machine.number;
            if self.machines.iter().any(|known| is_same(known) || known.count != machine.count) {
                let Machine { number, count } = machine;
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
    pub(crate) fn add(&mut self, other: &Self) {
        self.due += other.due;
        self.answered += other.answered;
        for (error, count) in &other.errors {
            *self.errors.entry(error.clone()).or_default() += count;
        }
        self.latency.add_all(&other.latency);
        self.service_time.add_all(&other.service_time);
    }

    /// Requests that did not get the expected answer.
    pub(crate) fn failed(&self) -> u64 {
        self.errors.values().sum()
    }
}

impl Interval {
    pub(crate) fn add(&mut self, other: &Self) {
        self.due += other.due;
        self.answered += other.answered;
        self.failed += other.failed;
        self.latency.add_all(&other.latency);
    }
}

impl Mode {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Steady => "steady",
            Self::Ramp => "ramp",
            Self::Soak => "soak",
        }
    }
}

/// Whole seconds, at least one.
fn interval_seconds(plan: &Plan) -> f64 {
    (plan.seconds / INTERVALS_MAX).ceil().max(1.0)
}
