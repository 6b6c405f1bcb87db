//! Open-loop schedules: the moment when each request is due is decided before the first one is
//! sent, and no outcome of a request changes it.

use std::{
    f64::consts::LN_2,
    str::FromStr,
    thread,
    time::{Duration, Instant},
};

use clap::ValueEnum;
use fastrand::Rng;
use serde::{Deserialize, Serialize};

/// A description of a schedule. The same plan always gives the same schedule.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The rate of all requests.
    pub rate: Rate,
    /// The time within which requests are due.
    pub duration: Duration,
    /// The distances between requests.
    pub arrival: Arrival,
    /// The seed of all random choices.
    pub seed: u64,
}

/// Requests a second. The rate changes evenly from `from` to `to`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rate {
    /// The rate in the beginning.
    pub from: f64,
    /// The rate in the end.
    pub to: f64,
}

/// The distances between requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Arrival {
    /// Equal distances.
    Constant,
    /// Random distances, as between requests of independent people: sometimes many come at once.
    Poisson,
}

/// A part of a schedule, for one machine or connection: every `count`th request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The part's number, from 1 on.
    pub number: u64,
    /// The number of parts.
    pub count: u64,
}

/// A request that is due.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Due {
    /// The request's number in the whole schedule, from 0 on.
    pub number: u64,
    /// The time after the beginning.
    pub at: Duration,
    /// The seed of all random choices for this request.
    pub seed: u64,
}

impl Plan {
    /// Returns a plan with a steady rate and equal distances.
    pub fn constant(rate: f64, duration: Duration, seed: u64) -> Self {
        Self { rate: Rate { from: rate, to: rate }, duration, arrival: Arrival::Constant, seed }
    }

    /// Returns all requests in order.
    pub fn schedule(self) -> impl Iterator<Item = Due> + Clone {
        let mut distances = Rng::with_seed(self.seed);
        let mut seeds = distances.fork();
        let mut due = 0.0;
        (0..).map_while(move |number| {
            // The mean of the distances is 1.
            due += match self.arrival {
                Arrival::Constant => f64::from(u8::from(number > 0)),
                // `distances.f64()` is less than 1, so the logarithm is finite.
                Arrival::Poisson => -(1.0 - distances.f64()).log2() * LN_2,
            };
            // Sums are not exact, and a request that is due at the very end is not in the plan.
            let is_due = due < self.due_by(self.duration) - 1e-9;
            is_due.then(|| Due { number, at: self.time_until(due), seed: seeds.u64(..) })
        })
    }

    /// Returns a part of the schedule. All parts together are the whole schedule.
    pub fn part(self, part: Part) -> impl Iterator<Item = Due> + Clone {
        self.schedule().filter(move |due| due.number % part.count == part.number - 1)
    }

    /// Returns the number of requests that should be due within `time`.
    fn due_by(&self, time: Duration) -> f64 {
        let (Rate { from, to }, seconds) = (self.rate, time.as_secs_f64());
        from * seconds + (to - from) * seconds * seconds / (2.0 * self.duration.as_secs_f64())
    }

    /// Returns the inverse of [`Plan::due_by`].
    fn time_until(&self, due: f64) -> Duration {
        let Rate { from, to } = self.rate;
        let growth = (to - from) / self.duration.as_secs_f64();
        // The textbook's formula loses digits when the rate hardly changes.
        let root = (from * from + 2.0 * growth * due).max(0.0).sqrt();
        Duration::from_secs_f64(if due == 0.0 { 0.0 } else { 2.0 * due / (from + root) })
    }
}

impl FromStr for Part {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let part = text.split_once('/').and_then(|(number, count)| {
            Some(Self { number: number.parse().ok()?, count: count.parse().ok()? })
        });
        part.filter(|part| (1..=part.count).contains(&part.number))
            .ok_or("such as 2/5: the second of five")
    }
}

/// Blocks this thread until a moment, which may have passed. A thread that sleeps is woken within
/// microseconds, a timer of an asynchronous runtime within milliseconds.
pub fn sleep_until(moment: Instant) {
    thread::sleep(moment.saturating_duration_since(Instant::now()));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn plans(arrival: Arrival) -> impl Strategy<Value = Plan> {
        let numbers = (0.5..300.0, 0.5..300.0, 500..60_000_u64, any::<u64>());
        numbers.prop_map(move |(from, to, milliseconds, seed)| {
            let duration = Duration::from_millis(milliseconds);
            Plan { rate: Rate { from, to }, duration, arrival, seed }
        })
    }

    fn any_plan() -> impl Strategy<Value = Plan> {
        prop_oneof![plans(Arrival::Constant), plans(Arrival::Poisson)]
    }

    #[test]
    fn a_steady_rate_has_equal_distances_from_the_first_moment_on() {
        let schedule = Plan::constant(50.0, Duration::from_secs(2), 7).schedule();
        let at: Vec<_> = schedule.map(|due| due.at.as_micros()).collect();
        assert_eq!(at, (0..100).map(|number| number * 20_000).collect::<Vec<_>>());
    }

    #[test]
    fn a_part_is_one_of_those_that_there_are() {
        assert_eq!("2/5".parse(), Ok(Part { number: 2, count: 5 }));
        for wrong in ["0/5", "6/5", "5", "1/0", "a/b", "-1/2", ""] {
            assert!(wrong.parse::<Part>().is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn requests_are_due_in_order_and_in_time(plan in any_plan()) {
            let at: Vec<_> = plan.schedule().map(|due| due.at).collect();
            prop_assert!(at.is_sorted());
            // Times are rounded to nanoseconds.
            prop_assert!(at.iter().all(|at| *at <= plan.duration + Duration::from_nanos(1)));
        }

        #[test]
        fn a_constant_arrival_keeps_the_rate_at_every_moment(plan in plans(Arrival::Constant)) {
            for (before, due) in plan.schedule().enumerate() {
                let asked = plan.due_by(due.at);
                prop_assert!((asked - before as f64).abs() < 0.01, "{before} of {asked}");
            }
            let all = plan.schedule().count() as f64;
            prop_assert!((all - plan.due_by(plan.duration)).abs() <= 1.0);
        }

        /// The number within any time has the variance of its mean. Six deviations never occur.
        #[test]
        fn a_poisson_arrival_keeps_the_rate_on_average(plan in plans(Arrival::Poisson)) {
            for part in [0.5, 1.0] {
                let end = plan.duration.mul_f64(part);
                let within = plan.schedule().filter(|due| due.at < end).count();
                let asked = plan.due_by(end);
                let tolerance = 6.0 * asked.sqrt() + 6.0;
                prop_assert!((within as f64 - asked).abs() < tolerance, "{within} of {asked}");
            }
        }

        #[test]
        fn parts_share_the_schedule_without_gap_and_overlap(plan in any_plan(), count in 1..8_u64) {
            let whole: Vec<_> = plan.schedule().collect();
            let mut together = Vec::new();
            for number in 1..=count {
                let part: Vec<_> = plan.part(Part { number, count }).collect();
                // Each part has its share of the rate, to within one request.
                let share = whole.len() as f64 / count as f64;
                prop_assert!((part.len() as f64 - share).abs() < 1.0);
                together.extend(part);
            }
            // Two requests can be due in the same nanosecond.
            together.sort_by_key(|due| due.number);
            prop_assert_eq!(together, whole);
        }
    }

    #[test]
    fn distances_by_chance_are_those_of_poisson() {
        let plan = Plan::constant(100.0, Duration::from_secs(100), 1);
        let schedule = Plan { arrival: Arrival::Poisson, ..plan }.schedule();
        let at: Vec<_> = schedule.map(|due| due.at.as_secs_f64()).collect();
        let longer = at.windows(2).filter(|pair| pair[1] - pair[0] > 0.01).count();
        // One in e distances is longer than the mean.
        let share = longer as f64 / at.len() as f64;
        assert!((share - (-1.0_f64).exp()).abs() < 0.02, "{share}");
    }
}
