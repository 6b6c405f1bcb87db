//! The validity that a callee asks for.

use std::time::Duration;

use crate::{Reason, limits::CALL_URL_LIFETIME_MAX};

/// The validity that is asked for a call URL: 1 second to 30 days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ValidDuration(Duration);

impl ValidDuration {
    /// Returns the duration, in whole seconds.
    pub fn get(self) -> Duration {
        self.0
    }
}

impl TryFrom<u64> for ValidDuration {
    type Error = Reason;

    fn try_from(seconds: u64) -> Result<Self, Reason> {
        match Duration::from_secs(seconds) {
            Duration::ZERO => Err("at least 1 second".into()),
            duration if duration <= CALL_URL_LIFETIME_MAX => Ok(Self(duration)),
            _ => Err(format!("at most {} seconds", CALL_URL_LIFETIME_MAX.as_secs()).into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_url_is_valid_for_one_second_to_thirty_days() {
        assert_eq!(ValidDuration::try_from(0).unwrap_err(), "at least 1 second");
        for seconds in [1, 2_592_000] {
            let duration = ValidDuration::try_from(seconds).map(ValidDuration::get);
            assert_eq!(duration, Ok(Duration::from_secs(seconds)));
        }
        assert_eq!(ValidDuration::try_from(2_592_001).unwrap_err(), "at most 2592000 seconds");
    }
}
