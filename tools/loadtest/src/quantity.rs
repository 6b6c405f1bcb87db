//! Quantities as people write them.

use std::{str::FromStr, time::Duration};

use jiff::SignedDuration;
use serde::Serialize;

/// A part of a whole, written with a percent sign.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub(crate) struct Share(pub(crate) f64);

impl FromStr for Share {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.strip_suffix('%').and_then(|number| number.trim().parse::<f64>().ok());
        number
            .filter(|percent| (0.0..=100.0).contains(percent))
            .map(|percent| Self(percent / 100.0))
            .ok_or_else(|| "from 0% to 100%, such as 0.1%".to_owned())
    }
}

/// A time that is not nothing, such as `250ms`, `90s` or `1h 30m`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let duration = text.parse::<SignedDuration>().ok();
    let duration = duration.and_then(|duration| Duration::try_from(duration).ok());
    duration.filter(|duration| !duration.is_zero()).ok_or_else(|| "such as 250ms, 90s, 2m".into())
}

/// Requests a second.
pub(crate) fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse::<f64>().ok().filter(|rate| (0.01..=1_000_000.0).contains(rate));
    rate.ok_or_else(|| "requests a second, from 0.01 to 1000000".to_owned())
}

/// How many times as much.
pub(crate) fn factor(text: &str) -> Result<f64, String> {
    let factor = text.parse::<f64>().ok().filter(|factor| (1.0..=1_000.0).contains(factor));
    factor.ok_or_else(|| "from 1 to 1000".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_have_a_percent_sign() {
        assert_eq!("0.5%".parse(), Ok(Share(0.005)));
        for wrong in ["0.5", "-1%", "101%", "%", "NaN%"] {
            assert!(wrong.parse::<Share>().is_err(), "{wrong}");
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
