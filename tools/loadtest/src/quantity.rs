//! Quantities on the command line.

use std::{ops::RangeInclusive, time::Duration};

use jiff::SignedDuration;

/// Parses a time that is not nothing, such as `250ms`, `90s` or `1h 30m`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let duration = text.parse::<SignedDuration>().ok();
    let duration = duration.and_then(|duration| Duration::try_from(duration).ok());
    duration.filter(|duration| !duration.is_zero()).ok_or_else(|| "such as 250ms, 90s, 2m".into())
}

/// Parses a part of a whole with a percent sign, and returns it as a number from 0 to 1.
pub(crate) fn share(text: &str) -> Result<f64, String> {
    let percent = number_within(text.strip_suffix('%').unwrap_or("none"), 0.0..=100.0);
    percent.map(|percent| percent / 100.0).map_err(|_| "from 0% to 100%, such as 0.1%".into())
}

/// Parses requests a second.
pub(crate) fn rate(text: &str) -> Result<f64, String> {
    number_within(text, 0.01..=1_000_000.0)
}

/// Parses how many times as much something may be.
pub(crate) fn factor(text: &str) -> Result<f64, String> {
    number_within(text, 1.0..=1_000.0)
}

fn number_within(text: &str, range: RangeInclusive<f64>) -> Result<f64, String> {
    let number = text.trim().parse().ok().filter(|number| range.contains(number));
    number.ok_or_else(|| format!("a number from {} to {}", range.start(), range.end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_have_a_percent_sign() {
        assert_eq!(share("0.5%"), Ok(0.005));
        for wrong in ["0.5", "-1%", "101%", "%", "NaN%"] {
            assert!(share(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn durations_have_a_unit() {
        assert_eq!(duration("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
        assert_eq!(duration("1h 30m"), Ok(Duration::from_secs(5_400)));
        for wrong in ["", "5", "0s", "-2s", "soon"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn rates_and_factors_are_bounded() {
        assert_eq!((rate("0.5"), factor("2")), (Ok(0.5), Ok(2.0)));
        assert!(rate("0").is_err() && rate("NaN").is_err() && rate("inf").is_err());
        assert!(factor("0.9").is_err() && factor("NaN").is_err());
    }
}
