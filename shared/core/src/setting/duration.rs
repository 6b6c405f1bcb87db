//! Durations, as whole numbers of a unit.

use std::{ops::RangeInclusive, time::Duration};

use crate::Reason;

/// Reads a whole number of seconds in `range`, in decimal digits alone.
///
/// # Errors
/// It is something else; the reason has the bounds.
pub fn whole_seconds(range: RangeInclusive<Duration>) -> impl Fn(&str) -> Result<Duration, Reason> {
    move |text| {
        number(text).map(Duration::from_secs).filter(|it| range.contains(it)).ok_or_else(|| {
            reason(
                "seconds",
                u128::from(range.start().as_secs()),
                u128::from(range.end().as_secs()),
            )
        })
    }
}

/// Reads a whole number of milliseconds in `range`, in decimal digits alone.
///
/// # Errors
/// It is something else; the reason has the bounds.
pub fn whole_milliseconds(
    range: RangeInclusive<Duration>,
) -> impl Fn(&str) -> Result<Duration, Reason> {
    move |text| {
        number(text).map(Duration::from_millis).filter(|it| range.contains(it)).ok_or_else(|| {
            reason("milliseconds", range.start().as_millis(), range.end().as_millis())
        })
    }
}

/// Reads decimal digits alone; `parse` would accept a sign as well.
fn number(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

fn reason(unit: &str, first: u128, last: u128) -> Reason {
    format!("must be a whole number of {unit} from {first} to {last}").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_of_digits_and_within_its_bounds() {
        let seconds = whole_seconds(Duration::from_secs(1)..=Duration::from_secs(600));
        let [first, last] = [1, 600].map(Duration::from_secs);
        assert_eq!((seconds("1"), seconds("600")), (Ok(first), Ok(last)));
        let milliseconds = whole_milliseconds(first..=last);
        assert_eq!((milliseconds("1000"), milliseconds("600000")), (Ok(first), Ok(last)));
        for wrong in
            ["", "0", "601", "-1", "+1", "1.5", "1e2", "0x10", "1s", "1 ", "99999999999999999999"]
        {
            let reason = seconds(wrong).unwrap_err();
            assert_eq!(reason, "must be a whole number of seconds from 1 to 600", "{wrong:?}");
            let reason = milliseconds(wrong).unwrap_err();
            let expected = "must be a whole number of milliseconds from 1000 to 600000";
            assert_eq!(reason, expected, "{wrong:?}");
        }
    }
}
