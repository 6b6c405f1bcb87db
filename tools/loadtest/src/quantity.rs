//! Parsers and formatters of quantities.

use std::{ops::RangeInclusive, time::Duration};

use jiff::SignedDuration;
use load::Latencies;

/// Parses a time above zero, such as `250ms`, `90s` or `1h 30m`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let duration = text.parse::<SignedDuration>().ok();
    let duration = duration.and_then(|duration| Duration::try_from(duration).ok());
    duration.filter(|duration| !duration.is_zero()).ok_or_else(|| "such as 250ms, 90s, 2m".into())
}

/// Parses a share with a percent sign, and returns it as a number from 0 to 1.
pub(crate) fn share(text: &str) -> Result<f64, String> {
    let percent = number_within(text.strip_suffix('%').unwrap_or("none"), 0.0..=100.0);
    percent.map(|percent| percent / 100.0).map_err(|_| "from 0% to 100%, such as 0.1%".into())
}

/// Parses a rate in requests a second.
pub(crate) fn rate(text: &str) -> Result<f64, String> {
    number_within(text, 0.01..=1_000_000.0)
}

/// Parses a factor of growth.
pub(crate) fn factor(text: &str) -> Result<f64, String> {
    number_within(text, 1.0..=1_000.0)
}

fn number_within(text: &str, range: RangeInclusive<f64>) -> Result<f64, String> {
    let number = text.trim().parse().ok().filter(|number| range.contains(number));
    number.ok_or_else(|| format!("a number from {} to {}", range.start(), range.end()))
}

/// Formats milliseconds with three digits, or more before the point.
pub(crate) fn milliseconds(duration: Option<Duration>) -> String {
    match duration.map(|duration| duration.as_secs_f64() * 1e3) {
        None => "–".to_owned(),
        Some(milliseconds @ 0.0..10.0) => format!("{milliseconds:.2} ms"),
        Some(milliseconds @ 10.0..100.0) => format!("{milliseconds:.1} ms"),
        Some(milliseconds) => format!("{milliseconds:.0} ms"),
    }
}

/// Formats the latency that this share of all latencies does not exceed.
pub(crate) fn quantile(latencies: &Latencies, share: f64) -> String {
    milliseconds(latencies.quantile(share))
}

/// Formats p50, p90, p99, p99.9 and the longest latency.
pub(crate) fn quantiles(latencies: &Latencies) -> [String; 5] {
    [0.5, 0.9, 0.99, 0.999, 1.0].map(|share| quantile(latencies, share))
}

/// Formats a share in percent with three decimals, which rates of errors need.
pub(crate) fn percent(share: f64) -> String {
    if share.is_nan() { "–".to_owned() } else { trimmed(format!("{:.3}", share * 100.0)) + " %" }
}

/// Formats a rate, or seconds.
pub(crate) fn number(number: f64) -> String {
    trimmed(format!("{number:.2}"))
}

fn trimmed(number: String) -> String {
    number.trim_end_matches('0').trim_end_matches('.').to_owned()
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
        let seconds = |text| duration(text).map(|duration| duration.as_secs_f64());
        assert_eq!(
            [seconds("250ms"), seconds("2m"), seconds("1h 30m")],
            [0.25, 120.0, 5400.0].map(Ok)
        );
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

    #[test]
    fn numbers_are_as_long_as_they_have_to_be() {
        let micros = |micros| milliseconds(Some(Duration::from_micros(micros)));
        assert_eq!(
            [micros(512), micros(12_345), micros(1_234_567)],
            ["0.51 ms", "12.3 ms", "1235 ms"]
        );
        assert_eq!([milliseconds(None), percent(f64::NAN)], ["–", "–"]);
        assert_eq!([percent(0.001), percent(1.0), percent(0.0)], ["0.1 %", "100 %", "0 %"]);
        assert_eq!([number(50.0), number(0.5), number(120.0)], ["50", "0.5", "120"]);
    }
}
