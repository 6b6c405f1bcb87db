//! The distribution of many measurements of one quantity.

use load::BoxError;

/// The median of the samples, and their spread around it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    /// The smallest sample, for comparisons: other work of the machine can only add to it.
    pub(crate) least: f64,
    /// The sample that nine of ten do not exceed.
    ninth_decile: f64,
}

impl Spread {
    /// Computes the distribution.
    ///
    /// # Errors
    /// There is no sample.
    pub(crate) fn of(samples: impl IntoIterator<Item = f64>) -> Result<Self, BoxError> {
        let mut samples: Vec<f64> = samples.into_iter().collect();
        samples.sort_by(f64::total_cmp);
        let least = *samples.first().ok_or("nothing was measured")?;
        // The smallest sample that `percent` of a hundred do not exceed.
        let percentile = |percent: usize| samples[(samples.len() * percent).div_ceil(100) - 1];
        let (median, ninth_decile) = (percentile(50), percentile(90));
        Ok(Self { median, least, ninth_decile })
    }

    /// Returns "median (least–ninth decile)" with so many decimals each.
    pub(crate) fn to_text(self, decimals: usize) -> String {
        let Self { median, least, ninth_decile } = self;
        format!("{median:.decimals$} ({least:.decimals$}–{ninth_decile:.decimals$})")
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
        assert_eq!((one.least, one.median, one.ninth_decile), (3.0, 3.0, 3.0));
        assert!(Spread::of([]).is_err());
    }
}
