//! Which calls came lately through which link: what keeps its holder from ringing without end.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    CallVersion, UnixMillis, UrlId,
    limits::{CALLS_PER_CALLEE, CALLS_PER_LINK, RATE_SECONDS},
};

/// Calls that were placed lately, each with the link that it came through.
///
/// It costs no request of its own: each call remembers those that had its slot before, and whoever
/// wants to place the next one reads all slots anyway.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CallHistory(BTreeMap<UrlId, BTreeSet<CallVersion>>);

impl CallHistory {
    /// Whether no call is remembered.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Remembers a call through `url`.
    pub fn add(&mut self, url: UrlId, version: CallVersion) {
        self.0.entry(url).or_default().insert(version);
    }

    /// Remembers all that `other` remembers.
    pub fn add_all(&mut self, other: &Self) {
        for (url, version) in other.calls() {
            self.add(url, version);
        }
    }

    /// The calls that still count at `now`.
    pub fn recent(&self, now: UnixMillis) -> Self {
        let mut recent = Self::default();
        for (url, version) in self.calls().filter(|(_, version)| counts_until(*version) > now.0) {
            recent.add(url, version);
        }
        recent
    }

    /// Seconds until `url` may place its next call, at least 1; `None` when it may at once.
    pub fn retry_after(&self, url: UrlId, now: UnixMillis) -> Option<u64> {
        let versions = self.0.get(&url)?.iter().copied().collect();
        wait(versions, CALLS_PER_LINK, now)
    }

    /// Seconds until the callee may be called again at all, at least 1; `None` when at once.
    pub fn callee_retry_after(&self, now: UnixMillis) -> Option<u64> {
        wait(self.calls().map(|(_, version)| version).collect(), CALLS_PER_CALLEE, now)
    }

    fn calls(&self) -> impl Iterator<Item = (UrlId, CallVersion)> {
        self.0.iter().flat_map(|(url, versions)| versions.iter().map(|version| (*url, *version)))
    }
}

/// Seconds until fewer than `most` of these calls count.
fn wait(mut versions: Vec<CallVersion>, most: usize, now: UnixMillis) -> Option<u64> {
    versions.sort_unstable_by(|one, other| other.cmp(one));
    let last_to_end = counts_until(*versions.get(most - 1)?);
    let millis = last_to_end.checked_sub(now.0).filter(|millis| *millis > 0)?;
    Some(millis.div_ceil(1000))
}

/// A version is the time of its call in milliseconds.
fn counts_until(version: CallVersion) -> u64 {
    version.0.saturating_add(RATE_SECONDS * 1000)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BOB: UrlId = UrlId::from_bytes([1; 8]);
    const OTHER: UrlId = UrlId::from_bytes([2; 8]);
    const WINDOW: u64 = RATE_SECONDS * 1000;

    fn history(calls: impl IntoIterator<Item = (UrlId, u64)>) -> CallHistory {
        let mut history = CallHistory::default();
        for (url, version) in calls {
            history.add(url, CallVersion(version));
        }
        history
    }

    #[test]
    fn a_link_that_has_placed_its_calls_waits_until_the_first_of_them_no_longer_counts() {
        let calls = CALLS_PER_LINK as u64;
        let full = history((0..calls).map(|number| (BOB, 5_000 + number)));
        assert_eq!(full.retry_after(BOB, UnixMillis(5_100)), Some(600));
        assert_eq!(full.retry_after(BOB, UnixMillis(5_000 + WINDOW - 1)), Some(1));
        assert_eq!(full.retry_after(BOB, UnixMillis(5_000 + WINDOW)), None);
        assert_eq!(full.retry_after(OTHER, UnixMillis(5_100)), None);
        let one_less = history((1..calls).map(|number| (BOB, 5_000 + number)));
        assert_eq!(one_less.retry_after(BOB, UnixMillis(5_100)), None);
    }

    #[test]
    fn calls_beyond_the_bound_make_the_wait_longer() {
        // Ten who did not see each other.
        let calls = CALLS_PER_LINK as u64 + 10;
        let more = history((0..calls).map(|number| (BOB, number * 1000)));
        assert_eq!(more.retry_after(BOB, UnixMillis(calls * 1000)), Some(600 - 20));
        assert_eq!(more.retry_after(BOB, UnixMillis(10_000 + WINDOW)), None);
    }

    #[test]
    fn a_history_is_empty_before_a_call_and_when_it_no_longer_counts() {
        assert!(CallHistory::default().is_empty());
        let one = history([(BOB, 7)]);
        assert!(!one.is_empty());
        assert_eq!(one.recent(UnixMillis(WINDOW + 6)), one);
        assert!(one.recent(UnixMillis(WINDOW + 7)).is_empty());
    }

    #[test]
    fn many_links_do_not_make_one_forgotten_and_are_bounded_together() {
        let calls = CALLS_PER_CALLEE as u64;
        let of_link = |number: u64| UrlId::from_bytes((number % 9).to_be_bytes());
        let full = history((0..calls).map(|number| (of_link(number), number)));
        let now = UnixMillis(calls);
        assert_eq!(full.recent(now), full, "nothing that counts is forgotten");
        assert!((0..9).all(|number| full.retry_after(of_link(number), now).is_some()));
        assert_eq!(full.retry_after(BOB, now), None);
        assert_eq!(full.callee_retry_after(now), Some(600));
        assert_eq!(full.callee_retry_after(UnixMillis(WINDOW)), None, "the first is over");
        assert!(full.recent(UnixMillis(WINDOW + calls)).is_empty());
    }

    proptest! {
        #[test]
        fn what_is_stored_is_read_back(calls: Vec<([u8; 8], u64)>) {
            let history = history(calls.into_iter().map(|(url, at)| (UrlId::from_bytes(url), at)));
            let stored = serde_json::to_string(&history).unwrap();
            prop_assert_eq!(serde_json::from_str::<CallHistory>(&stored).unwrap(), history);
        }

        /// Whatever the order and the number of writers, a call is counted once and until its end.
        #[test]
        fn a_wait_ends_exactly_when_it_says(
            versions in proptest::collection::btree_set(0..2 * WINDOW, 0..60),
            now in 0..3 * WINDOW,
        ) {
            let (odd, even): (Vec<u64>, Vec<u64>) =
                versions.iter().partition(|version| *version % 2 == 1);
            let mut history = history(odd.into_iter().map(|version| (BOB, version)));
            history.add_all(&self::history(even.into_iter().map(|version| (BOB, version))));
            let counting = versions.iter().filter(|version| now < **version + WINDOW).count();
            let wait = history.retry_after(BOB, UnixMillis(now));
            prop_assert_eq!(wait.is_some(), counting >= CALLS_PER_LINK);
            if let Some(seconds) = wait {
                prop_assert!(seconds >= 1);
                prop_assert_eq!(history.retry_after(BOB, UnixMillis(now + seconds * 1000)), None);
                let too_early = now + (seconds - 1) * 1000;
                prop_assert!(history.retry_after(BOB, UnixMillis(too_early)).is_some());
            }
        }
    }
}
