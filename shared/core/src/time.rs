//! Moments, as whole seconds and as whole milliseconds since the Unix epoch.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

/// Whole seconds since the Unix epoch, at most [`UnixSeconds::MAX`], so that every value fits the
/// five bytes that a token has for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub struct UnixSeconds(u64);

impl UnixSeconds {
    /// The last second that fits five bytes: in the year 36,812.
    pub const MAX: Self = Self((1 << 40) - 1);

    /// Returns the moment that is `duration` later, at most [`UnixSeconds::MAX`]. A fraction of a
    /// second does not count.
    pub fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(duration.as_secs()).min(Self::MAX.0))
    }

    /// Returns the moment that is `duration` earlier, at least the epoch. A fraction of a second
    /// does not count.
    pub fn before(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(duration.as_secs()))
    }

    /// Returns the time from `earlier` to this moment; zero when `earlier` is later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_secs(self.0.saturating_sub(earlier.0))
    }

    /// Returns the number of seconds since the epoch, as it is stored, sent and signed.
    pub fn get(self) -> u64 {
        self.0
    }

    /// Returns the five bytes of a token, the most significant first.
    pub(crate) fn to_bytes(self) -> [u8; 5] {
        let [_, _, _, bytes @ ..] = self.0.to_be_bytes();
        bytes
    }

    /// Reads what [`UnixSeconds::to_bytes`] returns.
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

/// Whole milliseconds since the Unix epoch.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct UnixMillis(u64);

impl UnixMillis {
    /// Returns the moment at this number of milliseconds since the epoch.
    pub const fn new(millis: u64) -> Self {
        Self(millis)
    }

    /// Returns the moment that is `duration` later, at most the last representable one. A fraction
    /// of a millisecond does not count.
    pub fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(millis(duration)))
    }

    /// Returns the moment that is `duration` earlier, at least the epoch. A fraction of a
    /// millisecond does not count.
    pub fn before(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(millis(duration)))
    }

    /// Returns the time from `earlier` to this moment; zero when `earlier` is later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }

    /// Returns the whole second that this moment lies in.
    pub fn seconds(self) -> UnixSeconds {
        UnixSeconds((self.0 / 1000).min(UnixSeconds::MAX.0))
    }

    /// Returns the number of milliseconds since the epoch, as it is stored and sent.
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl From<SystemTime> for UnixMillis {
    /// Counts a time before the epoch as the epoch.
    fn from(time: SystemTime) -> Self {
        Self(time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, millis))
    }
}

/// Returns whole milliseconds, at most `u64::MAX`.
fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_moment_past_the_last_is_refused_or_clamped() {
        let second = Duration::from_secs(1);
        assert!(UnixSeconds::try_from(1 << 40).is_err());
        assert_eq!(UnixSeconds::MAX.after(second), UnixSeconds::MAX);
        let last = UnixMillis::new(u64::MAX);
        assert_eq!(last.seconds(), UnixSeconds::MAX);
        assert_eq!(last.after(second), last);
        assert_eq!(UnixMillis::default().after(Duration::MAX), last);
        assert_eq!(UnixMillis::default().before(second), UnixMillis::default());
    }

    #[test]
    fn a_moment_is_the_number_since_the_epoch() {
        assert_eq!(u64::from(UnixSeconds::try_from(7).unwrap()), 7);
        let time = SystemTime::UNIX_EPOCH + Duration::from_millis(1_500);
        assert_eq!(UnixMillis::from(time).get(), 1_500);
        let before = SystemTime::UNIX_EPOCH - Duration::from_millis(1);
        assert_eq!(UnixMillis::from(before), UnixMillis::default());
    }

    #[test]
    fn since_never_goes_below_zero() {
        let [early, late] = [10, 25].map(|second| UnixSeconds::try_from(second).unwrap());
        let seconds = Duration::from_secs(15);
        assert_eq!((late.since(early), early.since(late)), (seconds, Duration::ZERO));
        let [early, late] = [10, 25].map(UnixMillis::new);
        let millis = Duration::from_millis(15);
        assert_eq!((late.since(early), early.since(late)), (millis, Duration::ZERO));
    }

    #[test]
    fn fractions_do_not_count() {
        let [early, late] = [10, 11].map(|second| UnixSeconds::try_from(second).unwrap());
        let duration = Duration::from_millis(1_999);
        assert_eq!((early.after(duration), late.before(duration)), (late, early));
        let [early, late] = [10, 11].map(UnixMillis::new);
        let duration = Duration::from_micros(1_999);
        assert_eq!((early.after(duration), late.before(duration)), (late, early));
    }

    proptest! {
        #[test]
        fn five_bytes_hold_every_second(second in 0..=UnixSeconds::MAX.0) {
            let second = UnixSeconds::try_from(second).unwrap();
            prop_assert_eq!(UnixSeconds::from_bytes(second.to_bytes()), second);
        }
    }
}
