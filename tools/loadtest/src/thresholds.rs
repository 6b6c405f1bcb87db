//! What the service has to hold, and whether it did.

use std::time::Duration;

use clap::Args;
use serde::Serialize;

use crate::{
    latencies::Latencies,
    quantity::{self, Share},
    results::{Interval, Mode, Results},
    text::{milliseconds, percent},
};

/// Latencies below this are not said to have grown: a machine that does something else for a moment
/// makes as much.
const NOTHING_TO_SPEAK_OF: Duration = Duration::from_millis(10);
/// How much slower a soak may be in the end than it was in the beginning.
const SOAK_GROWTH: f64 = 2.0;

/// What has to hold.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Thresholds: when one does not hold, this ends with 1")]
pub(crate) struct Thresholds {
    /// The longest that half of all requests may take, from when they were due.
    #[arg(long, value_name = "TIME", value_parser = quantity::duration)]
    max_p50: Option<Duration>,
    /// The longest that 99 of 100 requests may take, from when they were due.
    #[arg(long, value_name = "TIME", value_parser = quantity::duration)]
    max_p99: Option<Duration>,
    /// The longest that 99 of 100 pings may take, from when their calls were due.
    #[arg(long, value_name = "TIME", value_parser = quantity::duration)]
    max_ping_p99: Option<Duration>,
    /// How many of all requests may get another answer than the expected one, none, or not even
    /// be sent.
    #[arg(long, value_name = "SHARE", default_value = "0.1%")]
    max_error_rate: Share,
    /// How many of all requests have to be answered before the time is over, or a second later.
    #[arg(long, value_name = "SHARE", default_value = "99%")]
    min_rate_share: Share,
    /// How many times as long p99 may be in the last fifth of the time as in the first, unless it
    /// is below 10 ms [default: 2 for soak, else none].
    #[arg(long, value_name = "FACTOR", value_parser = quantity::factor)]
    max_growth: Option<f64>,
}

/// Whether one of them holds.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Check {
    /// As on the command line.
    pub(crate) name: &'static str,
    pub(crate) limit: String,
    pub(crate) found: String,
    pub(crate) holds: bool,
}

impl Thresholds {
    /// Judges what was found by all that was asked for.
    pub(crate) fn judge(&self, results: &Results) -> Vec<Check> {
        let total = results.total();
        let latencies = [
            ("max-p50", self.max_p50, total.latency.quantile(0.5)),
            ("max-p99", self.max_p99, total.latency.quantile(0.99)),
            ("max-ping-p99", self.max_ping_p99, results.pings.latency.quantile(0.99)),
        ];
        let latencies = latencies
            .into_iter()
            .filter_map(|(name, limit, found)| Some(at_most(name, limit?, found)));
        let (failed, due) = (total.failed() as f64, total.due as f64);
        let errors = failed / due;
        let rate = results.answered_in_time as f64 / due;
        // Comparisons with what is not a number, because nothing was due, do not hold.
        let shares = [
            Check {
                name: "max-error-rate",
                limit: percent(self.max_error_rate.0),
                found: percent(errors),
                holds: errors <= self.max_error_rate.0,
            },
            Check {
                name: "min-rate-share",
                limit: percent(self.min_rate_share.0),
                found: percent(rate),
                holds: rate >= self.min_rate_share.0,
            },
        ];
        let is_soak = results.run.mode == Mode::Soak;
        let growth = self.max_growth.or(is_soak.then_some(SOAK_GROWTH));
        let growth = growth.map(|most| grown_at_most(most, &results.intervals));
        latencies.chain(shares).chain(growth).collect()
    }
}

fn at_most(name: &'static str, limit: Duration, found: Option<Duration>) -> Check {
    Check {
        name,
        limit: milliseconds(Some(limit)),
        found: milliseconds(found),
        holds: found.is_some_and(|found| found <= limit),
    }
}

fn grown_at_most(most: f64, intervals: &[Interval]) -> Check {
    let fifth = intervals.len().div_ceil(5);
    let p99 = |intervals: &[Interval]| {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn interval(milliseconds: u64) -> Interval {
        let mut interval = Interval::default();
        interval.latency.add(Duration::from_millis(milliseconds));
        interval
    }

    #[test]
    fn growth_is_from_the_first_fifth_to_the_last() {
        let of = |p99: &[u64]| p99.iter().copied().map(interval).collect::<Vec<_>>();
        assert!(grown_at_most(2.0, &of(&[20, 20, 90, 20, 39])).holds);
        assert!(!grown_at_most(2.0, &of(&[20, 20, 20, 20, 41])).holds);
        assert!(grown_at_most(2.0, &of(&[1, 1, 1, 1, 9])).holds);
        assert!(!grown_at_most(2.0, &[]).holds);
        let silent = [interval(20), Interval::default()];
        assert!(!grown_at_most(2.0, &silent).holds, "nothing was answered in the end");
    }
}
