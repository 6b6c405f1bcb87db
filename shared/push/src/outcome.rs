//! The outcome of a ping.

use std::{fmt, time::Duration};

use loop_core::PingResult;

/// The pause before the second try, if the push service does not give one.
const PAUSE: Duration = Duration::from_millis(200);

/// The outcome of one ping. A ping never fails a call, so this is not an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The push service took the ping (any 2xx). It does not say whether the device rings.
    Accepted,
    /// There is nothing to send: the device polls, and does so within seconds.
    Asks,
    /// The push service no longer knows the device (404, 410), which should be removed.
    Gone,
    /// The push service gave any other status, such as 413 or 429; after a second try it is the
    /// status of that. A redirect is one of them: it is not followed. The device stays.
    Refused(u16),
    /// No status came within the deadline. The push service may have taken the ping all the same.
    TimedOut,
    /// The push service could not be reached: it has no address, accepts no connection, or does not
    /// speak HTTP.
    Unreachable,
    /// The URL, or an address of its host, is not allowed, so nothing was sent.
    NotAllowed,
}

impl Outcome {
    /// Returns whether the device will know of the call, as far as the service can tell.
    pub fn is_notified(self) -> bool {
        matches!(self, Self::Accepted | Self::Asks)
    }

    /// Returns the result of the ping for the metrics; `None` if nothing was sent.
    pub fn result(self) -> Option<PingResult> {
        match self {
            Self::Accepted => Some(PingResult::Accepted),
            Self::Gone => Some(PingResult::Gone),
            Self::Refused(_) | Self::TimedOut | Self::Unreachable => Some(PingResult::Failed),
            Self::Asks | Self::NotAllowed => None,
        }
    }

    /// Returns the outcome that a status stands for. `docs/reliability.md` has the whole table.
    pub(crate) fn of_status(status: u16) -> Self {
        match status {
            200..=299 => Self::Accepted,
            404 | 410 => Self::Gone,
            _ => Self::Refused(status),
        }
    }
}

/// Returns the pause before this request is sent once more, or `None` if the response would be the
/// same or come too late.
///
/// A fault of the push service may be over a moment later. An overloaded push service says when to
/// come back (`Retry-After`, RFC 9110, section 10.2.3; RFC 8030, section 8.4); if it does not say,
/// it gets no second request. Only seconds are read: a date would seldom come before the deadline.
pub(crate) fn pause_before_second_try(status: u16, retry_after: Option<&str>) -> Option<Duration> {
    match (status, retry_after) {
        (429 | 500..=599, Some(seconds)) => seconds.parse().ok().map(Duration::from_secs),
        (500..=599, None) => Some(PAUSE),
        _ => None,
    }
}

/// Writes one word for the log line, such as `accepted` or `refused_403`.
impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted => formatter.write_str("accepted"),
            Self::Asks => formatter.write_str("asks"),
            Self::Gone => formatter.write_str("gone"),
            Self::Refused(status) => write!(formatter, "refused_{status}"),
            Self::TimedOut => formatter.write_str("timed_out"),
            Self::Unreachable => formatter.write_str("unreachable"),
            Self::NotAllowed => formatter.write_str("not_allowed"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_devices_that_will_know_of_the_call_are_notified() {
        for told in [Outcome::Accepted, Outcome::Asks] {
            assert!(told.is_notified(), "{told}");
        }
        for untold in [
            Outcome::Gone,
            Outcome::Refused(500),
            Outcome::TimedOut,
            Outcome::Unreachable,
            Outcome::NotAllowed,
        ] {
            assert!(!untold.is_notified(), "{untold}");
        }
    }

    #[test]
    fn only_404_and_410_remove_a_device() {
        for status in 100..=599 {
            let expected = match status {
                200..=299 => "accepted".to_owned(),
                404 | 410 => "gone".to_owned(),
                _ => format!("refused_{status}"),
            };
            assert_eq!(Outcome::of_status(status).to_string(), expected);
        }
        assert_eq!(Outcome::of_status(301), Outcome::Refused(301));
    }

    #[test]
    fn only_what_may_pass_is_tried_again_and_when_the_service_says() {
        let pause = |status, retry_after| pause_before_second_try(status, retry_after);
        for status in (100..=599).filter(|status| *status != 429 && *status < 500) {
            assert_eq!((pause(status, None), pause(status, Some("1"))), (None, None), "{status}");
        }
        assert_eq!((pause(500, None), pause(599, None)), (Some(PAUSE), Some(PAUSE)));
        assert_eq!(pause(429, None), None);
        for status in [429, 500, 503, 599] {
            assert_eq!(pause(status, Some("0")), Some(Duration::ZERO));
            assert_eq!(pause(status, Some("86400")), Some(Duration::from_secs(86_400)));
            for unread in ["", "-1", "1.5", "soon", "Fri, 31 Dec 1999 23:59:59 GMT"] {
                assert_eq!(pause(status, Some(unread)), None, "{unread}");
            }
        }
    }
}
