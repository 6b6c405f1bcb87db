//! The calls that were placed lately through each link. They bound how often its holder may ring.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use serde::{Deserialize, Serialize};

use crate::{
    CallVersion, UnixMillis, UrlId,
    limits::{CALLS_PER_CALLEE, CALLS_PER_LINK, RATE_WINDOW},
};

/// The calls that were placed lately, each with the link that it came through.
///
/// It costs no request of its own: each call remembers those that had its slot before, and the
/// function that places the next one reads all slots anyway.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CallHistory(BTreeMap<UrlId, BTreeSet<CallVersion>>);

impl CallHistory {
    /// Returns whether no call is remembered.
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

    /// Returns the calls that still count at `now`.
    pub fn recent(&self, now: UnixMillis) -> Self {
        let mut recent = Self::default();
        for (url, version) in self.calls().filter(|(_, version)| counts_until(*version) > now) {
            recent.add(url, version);
        }
        recent
    }

    /// Returns how long it is until `url` may place its next call; `None` if it may at once.
    pub fn retry_after(&self, url: UrlId, now: UnixMillis) -> Option<Duration> {
        let versions = self.0.get(&url)?.iter().copied().collect();
        wait(versions, CALLS_PER_LINK, now)
    }

    /// Returns how long it is until the callee may be called again at all; `None` if at once.
    pub fn callee_retry_after(&self, now: UnixMillis) -> Option<Duration> {
        wait(self.calls().map(|(_, version)| version).collect(), CALLS_PER_CALLEE, now)
    }

    fn calls(&self) -> impl Iterator<Item = (UrlId, CallVersion)> {
        self.0.iter().flat_map(|(url, versions)| versions.iter().map(|version| (*url, *version)))
    }
}

/// Returns how long it is until fewer than `most` of these calls count; `None` if they are fewer.
fn wait(mut versions: Vec<CallVersion>, most: usize, now: UnixMillis) -> Option<Duration> {
    versions.sort_unstable_by(|one, other| other.cmp(one));
    let last_to_end = counts_until(*versions.get(most - 1)?);
    (now < last_to_end).then(|| last_to_end.since(now))
}

fn counts_until(version: CallVersion) -> UnixMillis {
    version.moment().after(RATE_WINDOW)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BOB: UrlId = UrlId::from_bytes([1; 8]);
    const OTHER: UrlId = UrlId::from_bytes([2; 8]);
    /// The window in milliseconds.
    const WINDOW: u64 = RATE_WINDOW.as_millis() as u64;

    fn history(calls: impl IntoIterator<Item = (UrlId, u64)>) -> CallHistory {
        let mut history = CallHistory::default();
        for (url, version) in calls {
            history.add(url, CallVersion::new(version));
        }
        history
    }

    fn millis(millis: u64) -> Option<Duration> {
        Some(Duration::from_millis(millis))
    }

    #[test]
    fn a_link_that_has_placed_its_calls_waits_until_the_first_of_them_no_longer_counts() {
        let calls = CALLS_PER_LINK as u64;
        let full = history((0..calls).map(|number| (BOB, 5_000 + number)));
        assert_eq!(full.retry_after(BOB, UnixMillis::new(5_100)), millis(599_900));
        assert_eq!(full.retry_after(BOB, UnixMillis::new(5_000 + WINDOW - 1)), millis(1));
        assert_eq!(full.retry_after(BOB, UnixMillis::new(5_000 + WINDOW)), None);
        assert_eq!(full.retry_after(OTHER, UnixMillis::new(5_100)), None);
        let one_less = history((1..calls).map(|number| (BOB, 5_000 + number)));
        assert_eq!(one_less.retry_after(BOB, UnixMillis::new(5_100)), None);
    }

    #[test]
    fn calls_beyond_the_bound_make_the_wait_longer() {
        // Ten callers more than the bound have placed their calls without seeing each other's.
        let calls = CALLS_PER_LINK as u64 + 10;
        let more = history((0..calls).map(|number| (BOB, number * 1000)));
        assert_eq!(more.retry_after(BOB, UnixMillis::new(calls * 1000)), millis(600_000 - 20_000));
        assert_eq!(more.retry_after(BOB, UnixMillis::new(10_000 + WINDOW)), None);
    }

    #[test]
    fn a_history_is_empty_before_a_call_and_when_it_no_longer_counts() {
        assert!(CallHistory::default().is_empty());
        let one = history([(BOB, 7)]);
        assert!(!one.is_empty());
        assert_eq!(one.recent(UnixMillis::new(WINDOW + 6)), one);
        assert!(one.recent(UnixMillis::new(WINDOW + 7)).is_empty());
    }

    #[test]
    fn many_links_do_not_make_one_forgotten_and_are_bounded_together() {
        let calls = CALLS_PER_CALLEE as u64;
        let of_link = |number: u64| UrlId::from_bytes((number % 9).to_be_bytes());
        let full = history((0..calls).map(|number| (of_link(number), number)));
        let now = UnixMillis::new(calls);
        assert_eq!(full.recent(now), full, "nothing that counts is forgotten");
        assert!((0..9).all(|number| full.retry_after(of_link(number), now).is_some()));
        assert_eq!(full.retry_after(BOB, now), None);
        assert_eq!(full.callee_retry_after(now), millis(600_000 - calls));
        assert_eq!(full.callee_retry_after(UnixMillis::new(WINDOW)), None, "the first is over");
        assert!(full.recent(UnixMillis::new(WINDOW + calls)).is_empty());
    }

    proptest! {
        #[test]
        fn what_is_stored_is_read_back(calls: Vec<([u8; 8], u64)>) {
            let history = history(calls.into_iter().map(|(url, at)| (UrlId::from_bytes(url), at)));
            let stored = serde_json::to_string(&history).unwrap();
            prop_assert_eq!(serde_json::from_str::<CallHistory>(&stored).unwrap(), history);
        }

        /// A call is counted once and until its end, in any order and with any number of writers.
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
            let wait = history.retry_after(BOB, UnixMillis::new(now));
            prop_assert_eq!(wait.is_some(), counting >= CALLS_PER_LINK);
            if let Some(wait) = wait {
                prop_assert!(wait > Duration::ZERO);
                let end = UnixMillis::new(now).after(wait);
                prop_assert_eq!(history.retry_after(BOB, end), None);
                let too_early = end.before(Duration::from_millis(1));
                prop_assert!(history.retry_after(BOB, too_early).is_some());
            }
        }
    }
}
