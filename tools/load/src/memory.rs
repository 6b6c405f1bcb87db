//! The memory of a server while there is load on it.

use std::{
    fmt, io,
    sync::mpsc::{self, RecvTimeoutError, Sender},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};

use crate::Process;

/// An amount of memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Memory {
    kibibytes: u64,
}

/// Looks at the resident memory of a process again and again.
#[derive(Debug)]
pub struct MemoryWatch {
    stop: Sender<()>,
    watching: JoinHandle<io::Result<Vec<Memory>>>,
}

/// Memory before and after some load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryGrowth {
    /// The amount when the process was warm.
    pub from: Memory,
    /// The most after that.
    pub to: Memory,
}

impl Memory {
    /// The growth that is never too much.
    const GROWTH_ALLOWED: Self = Self::from_kibibytes(4 * 1024);

    /// Returns so many times 1,024 bytes.
    pub const fn from_kibibytes(kibibytes: u64) -> Self {
        Self { kibibytes }
    }

    /// Returns how many times 1,048,576 bytes it is.
    pub fn mebibytes(self) -> f64 {
        self.kibibytes as f64 / 1024.0
    }
}

impl fmt::Display for Memory {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:.1} MiB", self.mebibytes())
    }
}

impl MemoryWatch {
    /// Looks for the first time when one `period` is over.
    pub fn start(process: Process, period: Duration) -> Self {
        let (stop, stopped) = mpsc::channel();
        let begin = Instant::now();
        let watching = thread::spawn(move || {
            let mut samples = Vec::new();
            for turn in 1.. {
                let wait = (begin + period * turn).saturating_duration_since(Instant::now());
                if stopped.recv_timeout(wait) != Err(RecvTimeoutError::Timeout) {
                    break;
                }
                samples.push(process.resident()?);
            }
            Ok(samples)
        });
        Self { stop, watching }
    }

    /// Stops, and returns the amount after each period.
    ///
    /// # Errors
    /// The process has ended.
    pub fn stop(self) -> io::Result<Vec<Memory>> {
        drop(self.stop);
        self.watching.join().expect("reading a file does not panic")
    }
}

impl MemoryGrowth {
    /// Compares the last of the `warming` first samples with those after it. `None`, if there are
    /// none.
    pub fn after(samples: &[Memory], warming: usize) -> Option<Self> {
        let (warm, rest) = samples.split_at_checked(warming)?;
        let from = *warm.last()?;
        Some(Self { from, to: from.max(*rest.iter().max()?) })
    }

    /// Returns whether it is a tenth or 4 MiB at most, whichever is more.
    pub fn is_small(&self) -> bool {
        let allowed = Memory::GROWTH_ALLOWED.kibibytes.max(self.from.kibibytes / 10);
        self.to.kibibytes <= self.from.kibibytes + allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_may_grow_by_a_tenth_or_four_mebibytes_once_warm() {
        let is_small = |mebibytes: &[u64]| {
            let kibibytes = mebibytes.iter().map(|it| Memory::from_kibibytes(it * 1024));
            MemoryGrowth::after(&kibibytes.collect::<Vec<_>>(), 2).map(|it| it.is_small())
        };
        assert_eq!(is_small(&[1, 20, 20, 24]), Some(true));
        assert_eq!(is_small(&[1, 20, 25, 20]), Some(false));
        assert_eq!(is_small(&[1, 100, 110]), Some(true));
        assert_eq!(is_small(&[1, 100, 111]), Some(false));
        assert_eq!(is_small(&[1, 20, 2]), Some(true));
        assert_eq!((is_small(&[1, 20]), is_small(&[1])), (None, None));
    }

    #[test]
    fn a_watch_looks_until_it_is_stopped_or_the_process_ends() {
        let watch = MemoryWatch::start(Process(std::process::id()), Duration::from_millis(1));
        thread::sleep(Duration::from_millis(50));
        assert!(!watch.stop().unwrap().is_empty());
        let watch = MemoryWatch::start(Process(u32::MAX), Duration::from_millis(1));
        thread::sleep(Duration::from_millis(50));
        assert!(watch.stop().is_err());
    }
}
