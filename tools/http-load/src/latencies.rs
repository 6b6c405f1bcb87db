//! How long answers took.

use std::{fmt, time::Duration};

/// Some of them, shortest first.
#[derive(Clone, Debug)]
pub struct Latencies(Vec<Duration>);

impl Latencies {
    /// In any order.
    pub fn new(mut latencies: Vec<Duration>) -> Self {
        latencies.sort_unstable();
        Self(latencies)
    }

    /// How many they are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The shortest one that this share of them does not exceed.
    pub fn percentile(&self, percent: usize) -> Duration {
        let rank = (self.0.len() * percent).div_ceil(100).max(1);
        self.0.get(rank - 1).copied().unwrap_or_default()
    }
}

impl fmt::Display for Latencies {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let milliseconds = |percent| self.percentile(percent).as_secs_f64() * 1e3;
        let (median, high, most) = (milliseconds(50), milliseconds(99), milliseconds(100));
        write!(formatter, "p50 {median:.2} ms, p99 {high:.2} ms, at most {most:.2} ms")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let latencies = Latencies::new((1..=200).rev().map(Duration::from_millis).collect());
        assert_eq!(latencies.percentile(50), Duration::from_millis(100));
        assert_eq!(latencies.percentile(99), Duration::from_millis(198));
        assert_eq!(latencies.percentile(100), Duration::from_millis(200));
        let one = Latencies::new(vec![Duration::from_millis(7)]);
        assert_eq!((one.percentile(1), one.percentile(99)), (one.percentile(50), one.0[0]));
        assert_eq!(Latencies::new(vec![]).percentile(99), Duration::ZERO);
    }
}
