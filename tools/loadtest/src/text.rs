//! Numbers as people read them.

use std::time::Duration;

use load::Latencies;

/// Formats milliseconds with three digits, or more before the point.
pub(crate) fn milliseconds(duration: Option<Duration>) -> String {
    let Some(duration) = duration else { return "–".to_owned() };
    let milliseconds = duration.as_secs_f64() * 1e3;
    match milliseconds {
        0.0..10.0 => format!("{milliseconds:.2} ms"),
        10.0..100.0 => format!("{milliseconds:.1} ms"),
        _ => format!("{milliseconds:.0} ms"),
    }
}

/// Formats the latency that this share of all does not exceed.
pub(crate) fn quantile(latencies: &Latencies, share: f64) -> String {
    milliseconds(latencies.quantile(share))
}

/// Formats a share, as exactly as shares of errors have to be.
pub(crate) fn percent(share: f64) -> String {
    if share.is_nan() {
        return "–".to_owned();
    }
    format!("{} %", trimmed(format!("{:.3}", share * 100.0)))
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
    fn numbers_are_as_long_as_they_have_to_be() {
        let micros = |micros| milliseconds(Some(Duration::from_micros(micros)));
        assert_eq!(
            [micros(512), micros(12_345), micros(1_234_567), milliseconds(None)],
            ["0.51 ms", "12.3 ms", "1235 ms", "–"]
        );
        assert_eq!([percent(0.001), percent(1.0), percent(0.0)], ["0.1 %", "100 %", "0 %"]);
        assert_eq!(percent(f64::NAN), "–");
        assert_eq!([number(50.0), number(0.5), number(120.0)], ["50", "0.5", "120"]);
    }
}
