//! Many measurements of one thing, in a few numbers.

use serde::Serialize;

/// Where the middle is, and how far from it the others lie.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    /// What else a machine does can only make things slower, so this is the one to compare.
    pub(crate) least: f64,
    /// Nine of ten are not above it.
    pub(crate) ninth_decile: f64,
    pub(crate) samples: usize,
}

impl Spread {
    /// `None` of nothing.
    pub(crate) fn of(samples: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut samples: Vec<f64> = samples.into_iter().collect();
        samples.sort_by(f64::total_cmp);
        // The smallest one that so many of a hundred do not exceed.
        let percentile = |percent: usize| (samples.len() * percent).div_ceil(100).max(1) - 1;
        Some(Self {
            median: *samples.get(percentile(50))?,
            least: *samples.first()?,
            ninth_decile: *samples.get(percentile(90))?,
            samples: samples.len(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_is_one_that_was_measured() {
        let spread = Spread::of((1..=20).rev().map(f64::from)).unwrap();
        assert_eq!((spread.least, spread.median, spread.ninth_decile), (1.0, 10.0, 18.0));
        let one = Spread::of([3.0]).unwrap();
        assert_eq!((one.least, one.median, one.ninth_decile, one.samples), (3.0, 3.0, 3.0, 1));
        assert_eq!(Spread::of([]), None);
    }
}
