//! How a ping ended.

use std::fmt;

/// What became of one ping. A ping never fails a call, so this is not an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The push service took it (any 2xx). Whether the device rings, only the device knows.
    Accepted,
    /// There is nothing to send: the device asks by itself, within seconds.
    Asks,
    /// The push service no longer knows the device (404, 410): it should be removed.
    Gone,
    /// Any other status. A redirect is one of them: it is not followed.
    Refused(u16),
    /// No status within the deadline. The ping may have been taken all the same.
    TimedOut,
    /// The push service could not be asked: no address, no connection, no HTTP.
    Unreachable,
    /// The URL, or an address of its host, is not allowed: nothing was sent.
    NotAllowed,
}

impl Outcome {
    /// Whether the device will know of the call, as far as we can tell.
    pub fn is_notified(self) -> bool {
        matches!(self, Self::Accepted | Self::Asks)
    }

    /// What a status means.
    pub(crate) fn of_status(status: u16) -> Self {
        match status {
            200..=299 => Self::Accepted,
            404 | 410 => Self::Gone,
            _ => Self::Refused(status),
        }
    }
}

/// One word for the log line, such as `accepted` or `refused_403`.
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
}
