//! Samples the log lines of scans: requests that are refused before anything is read or stored. Any
//! client can send them without end, so they do not leave a log line each.

use std::{sync::Mutex, time::Duration};

use lambda_http::http::StatusCode;
use loop_core::UnixMillis;

/// The period in which there is at most one line.
const PAUSE: Duration = Duration::from_mins(1);

/// A counter of the requests of scans, which decides when a line about them is due.
#[derive(Debug, Default)]
pub(crate) struct ScanSampler(Mutex<Count>);

#[derive(Debug, Default)]
struct Count {
    /// The number of requests since the last line.
    requests: u64,
    next_line: UnixMillis,
}

/// Returns whether this status refuses a request that any client can repeat without end: without a
/// session, or with another token, path or header each time.
pub(crate) fn is_refusal_of_scan(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::UNAUTHORIZED
            | StatusCode::FORBIDDEN
            | StatusCode::NOT_FOUND
            | StatusCode::METHOD_NOT_ALLOWED
            | StatusCode::NOT_ACCEPTABLE
            | StatusCode::GONE
    )
}

impl ScanSampler {
    /// Counts one more request. If a line is due, returns how many requests there have been since
    /// the last one.
    pub(crate) fn count(&self, now: UnixMillis) -> Option<u64> {
        let mut count = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        count.requests += 1;
        if now < count.next_line {
            return None;
        }
        count.next_line = now.after(PAUSE);
        Some(std::mem::take(&mut count.requests))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_has_a_line_and_the_others_are_counted_into_the_next() {
        let counter = ScanSampler::default();
        assert_eq!(counter.count(UnixMillis::new(1_000_000)), Some(1));
        for millis in 0..500 {
            assert_eq!(counter.count(UnixMillis::new(1_000_000 + millis)), None);
        }
        assert_eq!(counter.count(UnixMillis::new(1_059_999)), None);
        assert_eq!(counter.count(UnixMillis::new(1_060_000)), Some(502));
        assert_eq!(counter.count(UnixMillis::new(1_060_001)), None);
        assert_eq!(counter.count(UnixMillis::new(1_200_000)), Some(2));
    }
}
