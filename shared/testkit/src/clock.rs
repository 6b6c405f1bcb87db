//! A clock that a test sets.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use loop_core::{Clock, UnixMillis};

/// A clock that stands still until a test moves it. Clones show the same time, for use in closures.
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<AtomicU64>);

impl ManualClock {
    /// Returns a clock that shows `now`.
    pub fn new(now: UnixMillis) -> Self {
        Self(Arc::new(AtomicU64::new(now.get())))
    }

    /// Returns the time that the clock shows.
    pub fn now(&self) -> UnixMillis {
        UnixMillis::new(self.0.load(Ordering::SeqCst))
    }

    /// Moves the clock on by whole milliseconds.
    pub fn advance(&self, by: Duration) {
        let millis = u64::try_from(by.as_millis()).expect("no test lasts 500 million years");
        self.0.fetch_add(millis, Ordering::SeqCst);
    }

    /// Sets the clock, forwards or backwards.
    pub fn set(&self, now: UnixMillis) {
        self.0.store(now.get(), Ordering::SeqCst);
    }
}

impl From<&ManualClock> for Clock {
    fn from(clock: &ManualClock) -> Self {
        let clock = clock.clone();
        Self::new(move || clock.now())
    }
}

impl Default for ManualClock {
    /// Returns a clock that shows a fixed moment in 2026, on a whole second.
    fn default() -> Self {
        Self::new(UnixMillis::new(1_780_000_000_000))
    }
}
