//! When each request is due. All of it is decided before the first one is sent, and nothing that
//! becomes of them changes it: that is what makes the load open-loop.

use std::{f64::consts::LN_2, str::FromStr, time::Duration};

use clap::ValueEnum;
use fastrand::Rng;
use serde::{Deserialize, Serialize};

/// What the requests of all machines are due by. The same plan always gives the same schedule.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Plan {
    pub(crate) rate: Rate,
    /// How long requests are due.
    pub(crate) seconds: f64,
    pub(crate) arrival: Arrival,
    pub(crate) seed: u64,
}

/// Requests a second of all machines together. It changes evenly from the one to the other.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Rate {
    pub(crate) from: f64,
    pub(crate) to: f64,
}

/// How requests follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Arrival {
    /// At equal distances.
    Constant,
    /// By chance, as those of people who do not know of each other: sometimes many at once.
    Poisson,
}

/// Which part of the schedule is this machine's: every `count`th request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Machine {
    /// From 1 on.
    pub(crate) number: u64,
    pub(crate) count: u64,
}

/// One request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Due {
    /// Among those of all machines, from 0 on.
    pub(crate) number: u64,
    /// After the beginning.
    pub(crate) at: Duration,
    /// What is left to chance about this request is made of this.
    pub(crate) chance: u64,
}

/// The requests of a plan, one after the other.
#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    plan: Plan,
    distances: Rng,
    number: u64,
    /// How many requests should have been due when the next one is.
    due_by_then: f64,
}

impl Plan {
    /// What this machine has to send.
    pub(crate) fn of_machine(self, machine: Machine) -> impl Iterator<Item = Due> + Clone {
        Schedule::new(self).filter(move |due| due.number % machine.count == machine.number - 1)
    }

    /// Requests that should be due within so many seconds.
    pub(crate) fn due_by(&self, seconds: f64) -> f64 {
        let Rate { from, to } = self.rate;
        from * seconds + (to - from) * seconds * seconds / (2.0 * self.seconds)
    }

    /// The inverse of [`Plan::due_by`].
    fn seconds_until(&self, due: f64) -> f64 {
        let Rate { from, to } = self.rate;
        let growth = (to - from) / self.seconds;
        // Not the textbook's formula: this one loses no digits when the rate hardly changes.
        let root = (from * from + 2.0 * growth * due).max(0.0).sqrt();
        if due == 0.0 { 0.0 } else { 2.0 * due / (from + root) }
    }
}

impl Schedule {
    pub(crate) fn new(plan: Plan) -> Self {
        let mut schedule =
            Self { plan, distances: Rng::with_seed(plan.seed), number: 0, due_by_then: 0.0 };
        if plan.arrival == Arrival::Poisson {
            schedule.due_by_then = schedule.distance();
        }
        schedule
    }

    /// From one request to the next, where 1 is the mean.
    fn distance(&mut self) -> f64 {
        match self.plan.arrival {
            Arrival::Constant => 1.0,
            // `f64` is never 1, so this is never infinite.
            Arrival::Poisson => -(1.0 - self.distances.f64()).log2() * LN_2,
        }
    }
}

impl Iterator for Schedule {
    type Item = Due;

    fn next(&mut self) -> Option<Due> {
        // Sums of distances are not exact: a request at the very end belongs to no time after it.
        if self.due_by_then >= self.plan.due_by(self.plan.seconds) - 1e-9 {
            return None;
        }
        let due = Due {
            number: self.number,
            at: Duration::from_secs_f64(self.plan.seconds_until(self.due_by_then)),
            chance: chance(self.plan.seed, self.number),
        };
        self.number += 1;
        self.due_by_then += self.distance();
        Some(due)
    }
}

impl FromStr for Machine {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text.split_once('/').and_then(|(number, count)| {
            Some(Self { number: number.parse().ok()?, count: count.parse().ok()? })
        });
        numbers
            .filter(|machine| (1..=machine.count).contains(&machine.number))
            .ok_or_else(|| "such as 2/5: the second machine of five".to_owned())
    }
}

/// Independent of the machine that asks, and of how many requests there are.
fn chance(seed: u64, number: u64) -> u64 {
    let mut random = Rng::with_seed(seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    random.u64(..);
    random.u64(..)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn plan(from: f64, to: f64, seconds: f64, arrival: Arrival, seed: u64) -> Plan {
        Plan { rate: Rate { from, to }, seconds, arrival, seed }
    }

    fn plans(arrival: Arrival) -> impl Strategy<Value = Plan> {
        let numbers = (0.5..300.0, 0.5..300.0, 0.5..60.0, any::<u64>());
        numbers.prop_map(move |(from, to, seconds, seed)| plan(from, to, seconds, arrival, seed))
    }

    fn any_plan() -> impl Strategy<Value = Plan> {
        prop_oneof![plans(Arrival::Constant), plans(Arrival::Poisson)]
    }

    #[test]
    fn a_steady_rate_has_equal_distances_from_the_first_moment_on() {
        let schedule = Schedule::new(plan(50.0, 50.0, 2.0, Arrival::Constant, 7));
        let at: Vec<_> = schedule.map(|due| due.at.as_micros()).collect();
        assert_eq!(at, (0..100).map(|number| number * 20_000).collect::<Vec<_>>());
    }

    #[test]
    fn a_machine_is_one_of_those_that_there_are() {
        assert_eq!("2/5".parse(), Ok(Machine { number: 2, count: 5 }));
        for wrong in ["0/5", "6/5", "5", "1/0", "a/b", "-1/2", ""] {
            assert!(wrong.parse::<Machine>().is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn requests_are_due_in_order_and_in_time(plan in any_plan()) {
            let at: Vec<_> = Schedule::new(plan).map(|due| due.at).collect();
            prop_assert!(at.is_sorted());
            // Rounded to nanoseconds.
            let end = Duration::from_secs_f64(plan.seconds) + Duration::from_nanos(1);
            prop_assert!(at.iter().all(|at| *at <= end));
        }

        #[test]
        fn a_constant_arrival_keeps_the_rate_at_every_moment(plan in plans(Arrival::Constant)) {
            for (before, due) in Schedule::new(plan).enumerate() {
                let asked = plan.due_by(due.at.as_secs_f64());
                prop_assert!((asked - before as f64).abs() < 0.01, "{before} of {asked}");
            }
            let all = Schedule::new(plan).count() as f64;
            prop_assert!((all - plan.due_by(plan.seconds)).abs() <= 1.0);
        }

        /// The number within any time has the variance of its mean; six deviations are never seen.
        #[test]
        fn a_poisson_arrival_keeps_the_rate_on_average(plan in plans(Arrival::Poisson)) {
            for part in [0.5, 1.0] {
                let end = plan.seconds * part;
                let within = Schedule::new(plan).filter(|due| due.at.as_secs_f64() < end).count();
                let asked = plan.due_by(end);
                let tolerance = 6.0 * asked.sqrt() + 6.0;
                prop_assert!((within as f64 - asked).abs() < tolerance, "{within} of {asked}");
            }
        }

        #[test]
        fn machines_share_the_schedule_without_gap_and_overlap(
            plan in any_plan(),
            count in 1..8_u64,
        ) {
            let whole: Vec<_> = Schedule::new(plan).collect();
            let slices = (1..=count).map(|number| {
                plan.of_machine(Machine { number, count }).collect::<Vec<_>>()
            });
            let slices: Vec<_> = slices.collect();
            for slice in &slices {
                // Each has its share of the rate, to within one request.
                let share = whole.len() as f64 / count as f64;
                prop_assert!((slice.len() as f64 - share).abs() < 1.0);
            }
            let mut together: Vec<_> = slices.concat();
            together.sort_by_key(|due| due.number);
            prop_assert_eq!(together, whole);
        }
    }

    #[test]
    fn distances_by_chance_are_those_of_poisson() {
        let at: Vec<_> = Schedule::new(plan(100.0, 100.0, 100.0, Arrival::Poisson, 1))
            .map(|due| due.at.as_secs_f64())
            .collect();
        let longer = at.windows(2).filter(|pair| pair[1] - pair[0] > 0.01).count();
        // One in e distances is longer than the mean.
        let share = longer as f64 / at.len() as f64;
        assert!((share - (-1.0_f64).exp()).abs() < 0.02, "{share}");
    }
}
