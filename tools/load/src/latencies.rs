//! A recorder of latencies.

use std::{fmt, time::Duration};

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

/// The longest latency in microseconds: a day. It bounds the memory that a histogram takes.
const MOST_MICROS: u64 = 24 * 60 * 60 * 1_000_000;

/// Latencies in microseconds, each to three digits. They are serialised as pairs of microseconds
/// and count.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Vec<(u64, u64)>", into = "Vec<(u64, u64)>")]
pub struct Latencies(Histogram<u64>);

impl Latencies {
    /// Records a latency.
    pub fn add(&mut self, latency: Duration) {
        self.add_times(u64::try_from(latency.as_micros()).unwrap_or(u64::MAX), 1);
    }

    /// Adds the latencies of another machine or time.
    pub fn add_all(&mut self, other: &Self) {
        other.buckets().for_each(|(micros, count)| self.add_times(micros, count));
    }

    fn add_times(&mut self, micros: u64, count: u64) {
        let recorded = self.0.record_n(micros.min(MOST_MICROS), count);
        recorded.expect("a histogram grows to any time up to the longest");
    }

    /// Returns the number of latencies.
    pub fn count(&self) -> u64 {
        self.0.len()
    }

    /// Returns the shortest latency that this share of all, from 0 to 1, does not exceed.
    pub fn quantile(&self, share: f64) -> Option<Duration> {
        let micros = self.0.value_at_quantile(share);
        (self.count() > 0).then(|| Duration::from_micros(micros))
    }

    fn buckets(&self) -> impl Iterator<Item = (u64, u64)> {
        let recorded = self.0.iter_recorded();
        recorded.map(|it| (it.value_iterated_to(), it.count_since_last_iteration()))
    }
}

impl Default for Latencies {
    fn default() -> Self {
        Self(Histogram::new(3).expect("three digits are allowed"))
    }
}

impl From<Vec<(u64, u64)>> for Latencies {
    fn from(buckets: Vec<(u64, u64)>) -> Self {
        let mut latencies = Self::default();
        buckets.into_iter().for_each(|(micros, count)| latencies.add_times(micros, count));
        latencies
    }
}

impl From<Latencies> for Vec<(u64, u64)> {
    fn from(latencies: Latencies) -> Self {
        latencies.buckets().collect()
    }
}

impl FromIterator<Duration> for Latencies {
    fn from_iter<T: IntoIterator<Item = Duration>>(latencies: T) -> Self {
        let mut all = Self::default();
        latencies.into_iter().for_each(|latency| all.add(latency));
        all
    }
}

impl fmt::Display for Latencies {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [p50, p99, longest] = [0.5, 0.99, 1.0]
            .map(|share| self.quantile(share).unwrap_or_default().as_secs_f64() * 1e3);
        write!(formatter, "p50 {p50:.2} ms, p99 {p99:.2} ms, at most {longest:.2} ms")
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn latencies(micros: impl IntoIterator<Item = u64>) -> Latencies {
        micros.into_iter().map(Duration::from_micros).collect()
    }

    #[test]
    fn quantiles_are_what_was_measured() {
        let all = latencies(1..=200);
        assert_eq!(all.quantile(0.5), Some(Duration::from_micros(100)));
        assert_eq!(all.quantile(0.99), Some(Duration::from_micros(198)));
        assert_eq!(all.quantile(1.0), Some(Duration::from_micros(200)));
        assert_eq!(all.to_string(), "p50 0.10 ms, p99 0.20 ms, at most 0.20 ms");
        let long = latencies([1, 12_000_000, u64::MAX]);
        let digits = long.quantile(0.5).unwrap().as_millis();
        assert!((12_000..12_012).contains(&digits), "{digits}");
        assert!(long.quantile(1.0).unwrap() >= Duration::from_hours(24));
        let none = Latencies::default();
        assert_eq!((none.quantile(0.5), none.quantile(1.0)), (None, None));
    }

    proptest! {
        #[test]
        fn added_up_and_read_again_they_are_the_same(
            some in vec(0..100_000_000_u64, 0..50),
            others in vec(0..100_000_000_u64, 0..50),
        ) {
            let together = latencies([some.clone(), others.clone()].concat());
            let mut added = latencies(some);
            added.add_all(&latencies(others));
            let read: Latencies =
                serde_json::from_str(&serde_json::to_string(&added).unwrap()).unwrap();
            for latencies in [&added, &read] {
                prop_assert_eq!(latencies.count(), together.count());
                for share in [0.1, 0.5, 0.9, 0.99] {
                    prop_assert_eq!(latencies.quantile(share), together.quantile(share));
                }
            }
        }
    }
}
