//! Thresholds that a service has to hold, and whether it did.

use std::time::Duration;

use clap::Args;
use load::{Latencies, Memory, MemoryGrowth};
use serde::Serialize;

use crate::{
    quantity::{duration, factor, share},
    results::{Mode, Results, Tally},
    text::{milliseconds, percent},
};

/// Latencies below this are not said to have grown: a machine that does something else for a moment
/// makes as much.
const NOTHING_TO_SPEAK_OF: Duration = Duration::from_millis(10);
/// How much slower a soak may be in the end than it was in the beginning.
const SOAK_GROWTH: f64 = 2.0;
/// How often the memory of a process is looked at.
pub(crate) const LOOKS: u32 = 60;
/// The looks during which it may grow.
const WARMING_LOOKS: usize = 6;

/// The thresholds.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Thresholds: when one does not hold, this ends with 1")]
pub(crate) struct Thresholds {
    /// The longest that half of all requests may take, from when they were due.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    max_p50: Option<Duration>,
    /// The longest that 99 of 100 requests may take, from when they were due.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    max_p99: Option<Duration>,
    /// The longest that 99 of 100 pings may take, from when their calls were due.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    max_ping_p99: Option<Duration>,
    /// How many of all requests may get another response than the expected one, none, or not even
    /// be sent.
    #[arg(long, value_name = "SHARE", default_value = "0.1%", value_parser = share)]
    max_error_rate: f64,
    /// How many of all requests have to be answered before the time is over, or a second later.
    #[arg(long, value_name = "SHARE", default_value = "99%", value_parser = share)]
    min_rate_share: f64,
    /// How many times as long p99 may be in the last fifth of the time as in the first, unless it
    /// is below 10 ms [default: 2 for soak, else none].
    #[arg(long, value_name = "FACTOR", value_parser = factor)]
    max_growth: Option<f64>,
}

/// A threshold, and whether it holds.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Check {
    /// The option's name on the command line.
    pub(crate) name: &'static str,
    pub(crate) limit: String,
    pub(crate) found: String,
    pub(crate) holds: bool,
}

impl Thresholds {
    /// Judges results by all that was asked for.
    pub(crate) fn judge(&self, results: &Results) -> Vec<Check> {
        let total = results.total();
        let latencies = [
            ("max-p50", self.max_p50, total.latency.quantile(0.5)),
            ("max-p99", self.max_p99, total.latency.quantile(0.99)),
            ("max-ping-p99", self.max_ping_p99, results.pings.latency.quantile(0.99)),
        ];
        let latencies = latencies.into_iter().filter_map(|(name, limit, found)| {
            let holds = found.is_some_and(|found| Some(found) <= limit);
            Some(Check {
                name,
                limit: milliseconds(Some(limit?)),
                found: milliseconds(found),
                holds,
            })
        });
        // Comparisons with what is not a number, because nothing was due, do not hold.
        let errors = total.failed() as f64 / total.due as f64;
        let in_time = results.share_in_time();
        let shares = [
            ("max-error-rate", self.max_error_rate, errors, errors <= self.max_error_rate),
            ("min-rate-share", self.min_rate_share, in_time, in_time >= self.min_rate_share),
        ];
        let shares = shares.map(|(name, limit, found, holds)| Check {
            name,
            limit: percent(limit),
            found: percent(found),
            holds,
        });
        let is_soak = results.run.mode == Mode::Soak;
        let growth = self.max_growth.or(is_soak.then_some(SOAK_GROWTH));
        let growth = growth.map(|most| grown_at_most(most, &results.intervals));
        let memory = results.memory.as_deref().map(memory_is_steady);
        latencies.chain(shares).chain(growth).chain(memory).collect()
    }
}

fn grown_at_most(most: f64, intervals: &[Tally]) -> Check {
    let fifth = intervals.len().div_ceil(5);
    let p99 = |intervals: &[Tally]| {
        let mut latencies = Latencies::default();
        intervals.iter().for_each(|interval| latencies.add_all(&interval.latency));
        latencies.quantile(0.99)
    };
    let first = p99(&intervals[..fifth]);
    let last = p99(&intervals[intervals.len() - fifth..]);
    let holds = first
        .zip(last)
        .is_some_and(|(first, last)| last <= NOTHING_TO_SPEAK_OF || last <= first.mul_f64(most));
    Check {
        name: "max-growth",
        limit: format!("{most} times"),
        found: format!("from {} to {}", milliseconds(first), milliseconds(last)),
        holds,
    }
}

fn memory_is_steady(samples: &[Memory]) -> Check {
    let growth = MemoryGrowth::after(samples, WARMING_LOOKS);
    Check {
        name: "watch-pid",
        limit: "a tenth or 4 MiB after the first tenth of the time".to_owned(),
        found: growth.map_or_else(
            || "unknown: the test or the process ended early".to_owned(),
            |growth| format!("from {} to {}", growth.from, growth.to),
        ),
        holds: growth.is_some_and(|growth| growth.is_small()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_is_from_the_first_fifth_to_the_last() {
        let interval = |milliseconds: &u64| {
            let latency = [Duration::from_millis(*milliseconds)].into_iter().collect();
            Tally { latency, ..Tally::default() }
        };
        let holds =
            |p99: &[u64]| grown_at_most(2.0, &p99.iter().map(interval).collect::<Vec<_>>()).holds;
        assert!(holds(&[20, 20, 90, 20, 39]));
        assert!(!holds(&[20, 20, 20, 20, 41]));
        assert!(holds(&[1, 1, 1, 1, 9]));
        assert!(!holds(&[]));
        let silent = [interval(&20), Tally::default()];
        assert!(!grown_at_most(2.0, &silent).holds, "nothing was answered in the end");
    }

    #[test]
    fn memory_is_judged_after_a_tenth_of_the_time() {
        let holds = |mebibytes: &[u64]| {
            let samples = mebibytes.iter().map(|it| Memory::from_kibibytes(it * 1024));
            memory_is_steady(&samples.collect::<Vec<_>>()).holds
        };
        assert!(holds(&[1, 2, 3, 4, 5, 20, 21, 24, 20]));
        assert!(!holds(&[1, 2, 3, 4, 5, 20, 21, 25, 20]));
        assert!(!holds(&[1; 6]), "nothing is known of the time after it");
    }
}
