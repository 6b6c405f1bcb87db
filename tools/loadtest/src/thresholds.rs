//! Thresholds for a service, and the checks on them.

use std::time::Duration;

use clap::Args;
use load::{Latencies, Memory, MemoryGrowth};
use serde::Serialize;

use crate::{
    quantity::{duration, factor, milliseconds, percent, share},
    results::{Mode, Results, Tally},
};

/// The latency up to which growth is ignored, since other work of the machine causes as much.
const NOTHING_TO_SPEAK_OF: Duration = Duration::from_millis(10);
/// The largest factor by which a soak may become slower from the beginning to the end.
const SOAK_GROWTH: f64 = 2.0;
/// The number of samples of the memory of a process.
pub(crate) const LOOKS: u32 = 60;
/// The number of samples during which the memory may grow.
const WARMING_LOOKS: usize = 6;

/// The thresholds of the command line.
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
    /// The share of all requests that may get another response than the expected one, get none, or
    /// not even be sent.
    #[arg(long, value_name = "SHARE", default_value = "0.1%", value_parser = share)]
    max_error_rate: f64,
    /// The share of all requests that have to get a response before the time is over, or a second
    /// later.
    #[arg(long, value_name = "SHARE", default_value = "99%", value_parser = share)]
    min_rate_share: f64,
    /// The factor by which p99 may grow from the first fifth of the time to the last, unless it is
    /// below 10 ms [default: 2 for soak, else none].
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
    /// Checks the results against all thresholds.
    pub(crate) fn judge(&self, results: &Results) -> Vec<Check> {
        let (total, pings) = (results.total(), &results.pings.latency);
        let mut checks = Vec::new();
        for (name, limit, latencies, share) in [
            ("max-p50", self.max_p50, &total.latency, 0.5),
            ("max-p99", self.max_p99, &total.latency, 0.99),
            ("max-ping-p99", self.max_ping_p99, pings, 0.99),
        ] {
            let Some(limit) = limit else { continue };
            let found = latencies.quantile(share);
            let holds = found.is_some_and(|found| found <= limit);
            checks.push(Check::new(name, milliseconds(Some(limit)), milliseconds(found), holds));
        }
        // If no request was due, these are not numbers, and no comparison holds.
        let errors = total.failed() as f64 / total.due as f64;
        let (most, holds) = (self.max_error_rate, errors <= self.max_error_rate);
        checks.push(Check::new("max-error-rate", percent(most), percent(errors), holds));
        let in_time = results.share_in_time();
        let (least, holds) = (self.min_rate_share, in_time >= self.min_rate_share);
        checks.push(Check::new("min-rate-share", percent(least), percent(in_time), holds));
        let is_soak = results.run.mode == Mode::Soak;
        let growth = self.max_growth.or(is_soak.then_some(SOAK_GROWTH));
        checks.extend(growth.map(|most| grown_at_most(most, &results.intervals)));
        checks.extend(results.memory.as_deref().map(memory_is_steady));
        checks
    }
}

impl Check {
    fn new(name: &'static str, limit: String, found: String, holds: bool) -> Self {
        Self { name, limit, found, holds }
    }
}

fn grown_at_most(most: f64, intervals: &[Tally]) -> Check {
    let fifth = intervals.len().div_ceil(5);
    let p99 = |intervals: &[Tally]| {
        let mut latencies = Latencies::default();
        intervals.iter().for_each(|interval| latencies.add_all(&interval.latency));
        latencies.quantile(0.99)
    };
    let (first, last) = (p99(&intervals[..fifth]), p99(&intervals[intervals.len() - fifth..]));
    let found = format!("from {} to {}", milliseconds(first), milliseconds(last));
    let holds = first
        .zip(last)
        .is_some_and(|(first, last)| last <= NOTHING_TO_SPEAK_OF || last <= first.mul_f64(most));
    Check::new("max-growth", format!("{most} times"), found, holds)
}

fn memory_is_steady(samples: &[Memory]) -> Check {
    let growth = MemoryGrowth::after(samples, WARMING_LOOKS);
    let found = growth.map(|growth| format!("from {} to {}", growth.from, growth.to));
    let found = found.unwrap_or_else(|| "unknown: the test or the process ended early".to_owned());
    let limit = "a tenth or 4 MiB after the first tenth of the time".to_owned();
    Check::new("watch-pid", limit, found, growth.is_some_and(|growth| growth.is_small()))
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
