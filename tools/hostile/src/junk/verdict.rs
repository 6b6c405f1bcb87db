//! The measurements of a flood, and the checks on them.

use std::collections::BTreeSet;

use load::{Latencies, Memory, MemoryGrowth, Plan};
use loop_lambda::routes::ROUTES;

use crate::{check::Check, junk::responses::Responses};

/// The names of all checks, in their order.
pub(crate) const CHECKS: [&str; 6] = ["rate", "answers", "database", "memory", "latency", "log"];

/// The least share of the asked rate.
const RATE_SHARE: f64 = 0.95;
/// The factor by which real requests may take longer.
const LATENCY_FACTOR: f64 = 5.0;
/// The number of seconds after which memory has to be steady.
const WARM_SECONDS: usize = 2;
const MEGABYTES_IN_MEBIBYTE: f64 = 1.048_576;

/// The measurements of one flood.
#[derive(Debug)]
pub(crate) struct Measured {
    pub(crate) plan: Plan,
    /// The latencies of junk.
    pub(crate) junk: Latencies,
    pub(crate) responses: Responses,
    /// The latencies of real requests before the flood, and during it.
    pub(crate) quiet: Latencies,
    pub(crate) loaded: Latencies,
    /// The resident memory after each second.
    pub(crate) memory: Vec<Memory>,
    /// The number of DynamoDB's requests during the flood.
    pub(crate) operations: usize,
    pub(crate) log_lines: u64,
}

impl Measured {
    /// Returns all checks.
    pub(crate) fn checks(&self) -> Vec<Check> {
        let operations = self.operations;
        let responses = (self.responses.are_one(), self.responses.summary());
        let database = (operations == 0, format!("{operations} requests to DynamoDB"));
        [self.rate(), responses, database, self.memory(), self.latency(), self.log()]
            .into_iter()
            .zip(CHECKS)
            .map(|((holds, found), name)| Check { name, holds, found })
            .collect()
    }

    fn rate(&self) -> (bool, String) {
        let asked = self.plan.rate.from;
        let answered = self.junk.count() as f64 / self.plan.duration.as_secs_f64();
        let found = format!("{answered:.0} of {asked} a second answered; {}", self.junk);
        (answered >= asked * RATE_SHARE, found)
    }

    fn memory(&self) -> (bool, String) {
        let growth = MemoryGrowth::after(&self.memory, WARM_SECONDS);
        let each = self.memory.iter().map(|it| it.mebibytes() * MEGABYTES_IN_MEBIBYTE);
        let each: String = each.map(|megabytes| format!(" {megabytes:.1}")).collect();
        let found = format!("MB resident after each second:{each}");
        (growth.is_none_or(|growth| growth.is_small()), found)
    }

    fn latency(&self) -> (bool, String) {
        let (quiet, loaded) = (&self.quiet, &self.loaded);
        let [p50, p99] = [0.5, 0.99].map(|share| {
            let before_and_during = quiet.quantile(share).zip(loaded.quantile(share));
            before_and_during
                .map_or(f64::INFINITY, |(quiet, loaded)| loaded.div_duration_f64(quiet))
        });
        let found = format!(
            "of {} real requests: {loaded}; of {} before: {quiet}; p50 x {p50:.1}, p99 x {p99:.1}",
            loaded.count(),
            quiet.count(),
        );
        (p50 <= LATENCY_FACTOR && p99 <= LATENCY_FACTOR, found)
    }

    fn log(&self) -> (bool, String) {
        let functions: BTreeSet<_> = ROUTES.iter().map(|route| route.function).collect();
        let (functions, real) = (functions.len(), self.loaded.count());
        let found = format!(
            "{} lines; {real} real requests and {functions} functions may leave one each",
            self.log_lines
        );
        (self.log_lines <= functions as u64 + real, found)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn latencies(micros: u64) -> Latencies {
        [Duration::from_micros(micros); 95].into_iter().collect()
    }

    fn measured() -> Measured {
        Measured {
            plan: Plan::constant(100.0, Duration::from_secs(1), 1),
            junk: latencies(1),
            responses: Responses::default(),
            quiet: latencies(300),
            loaded: latencies(1500),
            memory: Vec::new(),
            operations: 0,
            log_lines: 95,
        }
    }

    /// Returns the checks that fail, without `answers`, which always fails since there are none.
    fn failing(measured: Measured) -> Vec<&'static str> {
        let failing: Vec<_> =
            measured.checks().into_iter().filter(|it| !it.holds).map(|it| it.name).collect();
        assert!(failing.contains(&"answers"));
        failing.into_iter().filter(|name| *name != "answers").collect()
    }

    #[test]
    fn each_aspect_fails_by_itself() {
        assert!(failing(measured()).is_empty());
        let plan = Plan::constant(101.0, Duration::from_secs(1), 1);
        assert_eq!(failing(Measured { plan, ..measured() }), ["rate"]);
        assert_eq!(failing(Measured { log_lines: 1000, ..measured() }), ["log"]);
        assert_eq!(failing(Measured { operations: 1, ..measured() }), ["database"]);
        assert_eq!(failing(Measured { loaded: latencies(1800), ..measured() }), ["latency"]);
    }

    #[test]
    fn memory_may_grow_by_a_tenth_or_four_mebibytes_after_two_seconds() {
        let with = |kibibytes: &[u64]| {
            let memory = kibibytes.iter().copied().map(Memory::from_kibibytes).collect();
            failing(Measured { memory, ..measured() })
        };
        assert!(with(&[1000, 10_000]).is_empty());
        assert!(with(&[1000, 10_000, 14_096]).is_empty());
        assert_eq!(with(&[1000, 10_000, 14_097]), ["memory"]);
        assert!(with(&[1000, 100_000, 110_000]).is_empty());
        assert_eq!(with(&[1000, 100_000, 110_001, 100_000]), ["memory"]);
    }
}
