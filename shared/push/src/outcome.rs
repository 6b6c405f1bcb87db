//! How a ping ended.

/// What became of one ping. A ping never fails a call, so this is not an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The push service took it (any 2xx). Whether the device rings, only the device knows.
    Accepted,
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
    /// What a status means.
    pub(crate) fn of_status(status: u16) -> Self {
        match status {
            200..=299 => Self::Accepted,
            404 | 410 => Self::Gone,
            _ => Self::Refused(status),
        }
    }

    /// One word for the log line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Gone => "gone",
            Self::Refused(_) => "refused",
            Self::TimedOut => "timed_out",
            Self::Unreachable => "unreachable",
            Self::NotAllowed => "not_allowed",
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
                200..=299 => "accepted",
                404 | 410 => "gone",
                _ => "refused",
            };
            assert_eq!(Outcome::of_status(status).as_str(), expected, "{status}");
        }
        assert_eq!(Outcome::of_status(301), Outcome::Refused(301));
    }
}
