//! Numbers with a unit.

use std::ops::RangeInclusive;

use crate::Reason;

/// A whole number of `unit` (`seconds`, `milliseconds`) in `range`, in decimal digits alone.
///
/// # Errors
/// It is something else; the reason has the bounds.
pub fn whole_number(
    range: RangeInclusive<u64>,
    unit: &'static str,
) -> impl Fn(&str) -> Result<u64, Reason> {
    move |text| {
        // A number that has a sign would be read, too.
        let digits = Some(text).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
        let number = digits.and_then(|digits| digits.parse().ok());
        number.filter(|number| range.contains(number)).ok_or_else(|| {
            let (first, last) = range.clone().into_inner();
            format!("must be a whole number of {unit} from {first} to {last}").into()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_of_digits_and_within_its_bounds() {
        let seconds = whole_number(1..=600, "seconds");
        assert_eq!((seconds("1"), seconds("600")), (Ok(1), Ok(600)));
        for wrong in
            ["", "0", "601", "-1", "+1", "1.5", "1e2", "0x10", "1s", "1 ", "99999999999999999999"]
        {
            let reason = seconds(wrong).unwrap_err();
            assert_eq!(reason, "must be a whole number of seconds from 1 to 600", "{wrong:?}");
        }
    }
}
