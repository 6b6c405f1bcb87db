//! Points in time, as whole seconds and milliseconds since the Unix epoch.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};

/// Whole seconds since the Unix epoch, at most [`UnixSeconds::MAX`], so that every value fits
/// the five bytes that a token has for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub struct UnixSeconds(u64);

impl UnixSeconds {
    /// The last second that five bytes can say: in the year 36,812.
    pub const MAX: Self = Self((1 << 40) - 1);

    /// The moment `seconds` after this one, at most [`UnixSeconds::MAX`].
    pub fn after(self, seconds: u64) -> Self {
        Self(self.0.saturating_add(seconds).min(Self::MAX.0))
    }

    /// The moment `seconds` before this one, at least the epoch.
    pub fn before(self, seconds: u64) -> Self {
        Self(self.0.saturating_sub(seconds))
    }

    /// Seconds from `earlier` to this moment; zero when `earlier` is later.
    pub fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The number itself.
    pub fn get(self) -> u64 {
        self.0
    }

    /// Five bytes, the most significant first.
    pub(crate) fn to_bytes(self) -> [u8; 5] {
        let [_, _, _, bytes @ ..] = self.0.to_be_bytes();
        bytes
    }

    /// The inverse of [`UnixSeconds::to_bytes`].
    pub(crate) fn from_bytes([a, b, c, d, e]: [u8; 5]) -> Self {
        Self(u64::from_be_bytes([0, 0, 0, a, b, c, d, e]))
    }
}

impl TryFrom<u64> for UnixSeconds {
    type Error = &'static str;

    fn try_from(seconds: u64) -> Result<Self, Self::Error> {
        if seconds > Self::MAX.0 {
            return Err("seconds since the epoch: at most 2^40 - 1");
        }
        Ok(Self(seconds))
    }
}

impl From<UnixSeconds> for u64 {
    fn from(seconds: UnixSeconds) -> Self {
        seconds.0
    }
}

/// Milliseconds since the Unix epoch.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct UnixMillis(pub u64);

impl UnixMillis {
    /// The whole second this moment lies in.
    pub fn seconds(self) -> UnixSeconds {
        UnixSeconds((self.0 / 1000).min(UnixSeconds::MAX.0))
    }
}

impl From<SystemTime> for UnixMillis {
    /// A time before the epoch counts as the epoch.
    fn from(time: SystemTime) -> Self {
        let millis =
            time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_millis());
        Self(u64::try_from(millis).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_moment_past_the_last_is_refused_or_clamped() {
        assert!(UnixSeconds::try_from(1 << 40).is_err());
        assert_eq!(UnixSeconds::MAX.after(1), UnixSeconds::MAX);
        assert_eq!(UnixMillis(u64::MAX).seconds(), UnixSeconds::MAX);
    }

    #[test]
    fn a_moment_is_the_number_since_the_epoch() {
        assert_eq!(u64::from(UnixSeconds::try_from(7).unwrap()), 7);
        let time = SystemTime::UNIX_EPOCH + Duration::from_millis(1_500);
        assert_eq!(UnixMillis::from(time), UnixMillis(1_500));
        let before = SystemTime::UNIX_EPOCH - Duration::from_millis(1);
        assert_eq!(UnixMillis::from(before), UnixMillis(0));
    }

    #[test]
    fn since_never_goes_below_zero() {
        let [early, late] = [10, 25].map(|second| UnixSeconds::try_from(second).unwrap());
        assert_eq!((late.since(early), early.since(late)), (15, 0));
    }

    proptest! {
        #[test]
        fn five_bytes_hold_every_second(second in 0..=UnixSeconds::MAX.0) {
            let second = UnixSeconds::try_from(second).unwrap();
            prop_assert_eq!(UnixSeconds::from_bytes(second.to_bytes()), second);
        }
    }
}
