//! How long something took, many times.

use std::time::Duration;

use hdrhistogram::Histogram;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// A day: no request takes longer. It only bounds the memory that a histogram takes.
const MOST_MICROS: u64 = 24 * 60 * 60 * 1_000_000;

/// Times in microseconds, each to three digits. Those of several machines can be added.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Latencies(Histogram<u64>);

impl Latencies {
    pub(crate) fn add(&mut self, latency: Duration) {
        let micros = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX).min(MOST_MICROS);
        self.add_times(micros, 1);
    }

    pub(crate) fn add_all(&mut self, other: &Self) {
        for bucket in other.0.iter_recorded() {
            self.add_times(bucket.value_iterated_to(), bucket.count_since_last_iteration());
        }
    }

    fn add_times(&mut self, micros: u64, count: u64) {
        self.0.record_n(micros, count).expect("a histogram grows to any time up to the longest");
    }

    pub(crate) fn count(&self) -> u64 {
        self.0.len()
    }

    /// The shortest one that this share of them, from 0 to 1, does not exceed. None, if there are
    /// none.
    pub(crate) fn quantile(&self, share: f64) -> Option<Duration> {
        let micros = self.0.value_at_quantile(share);
        (self.count() > 0).then(|| Duration::from_micros(micros))
    }

    /// The longest one.
    pub(crate) fn most(&self) -> Option<Duration> {
        (self.count() > 0).then(|| Duration::from_micros(self.0.max()))
    }
}

impl Default for Latencies {
    fn default() -> Self {
        Self(Histogram::new(3).expect("three digits are allowed"))
    }
}

/// As pairs of microseconds and how often.
impl Serialize for Latencies {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(
            self.0
                .iter_recorded()
                .map(|bucket| (bucket.value_iterated_to(), bucket.count_since_last_iteration())),
        )
    }
}

impl<'de> Deserialize<'de> for Latencies {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut latencies = Self::default();
        for (micros, count) in Vec::<(u64, u64)>::deserialize(deserializer)? {
            if micros > 2 * MOST_MICROS {
                return Err(D::Error::custom("a latency of more than a day"));
            }
            latencies.add_times(micros, count);
        }
        Ok(latencies)
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn latencies(micros: &[u64]) -> Latencies {
        let mut latencies = Latencies::default();
        for micros in micros {
            latencies.add(Duration::from_micros(*micros));
        }
        latencies
    }

    #[test]
    fn quantiles_are_what_was_measured() {
        let all = latencies(&(1..=200).collect::<Vec<_>>());
        assert_eq!(all.quantile(0.5), Some(Duration::from_micros(100)));
        assert_eq!(all.quantile(0.99), Some(Duration::from_micros(198)));
        assert_eq!(all.most(), Some(Duration::from_micros(200)));
        let long = latencies(&[1, 12_000_000, u64::MAX]);
        let digits = long.quantile(0.5).unwrap().as_millis();
        assert!((12_000..12_012).contains(&digits), "{digits}");
        assert!(long.most().unwrap() >= Duration::from_hours(24));
        assert_eq!(Latencies::default().quantile(0.5), None);
        assert_eq!(Latencies::default().most(), None);
    }

    proptest! {
        #[test]
        fn added_up_and_read_again_they_are_the_same(
            some in vec(0..100_000_000_u64, 0..50),
            others in vec(0..100_000_000_u64, 0..50),
        ) {
            let together = latencies(&[some.clone(), others.clone()].concat());
            let mut added = latencies(&some);
            added.add_all(&latencies(&others));
            let text = serde_json::to_string(&added).unwrap();
            let read: Latencies = serde_json::from_str(&text).unwrap();
            for latencies in [&added, &read] {
                prop_assert_eq!(latencies.count(), together.count());
                for share in [0.1, 0.5, 0.9, 0.99] {
                    prop_assert_eq!(latencies.quantile(share), together.quantile(share));
                }
            }
        }
    }
}
