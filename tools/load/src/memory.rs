//! The memory of a process while there is load on it.

use std::{
    io,
    sync::mpsc::{self, RecvTimeoutError, Sender},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use crate::{Memory, Process};

/// The growth that is always allowed.
const GROWTH_ALLOWED: Memory = Memory::from_kibibytes(4 * 1024);

/// A thread that samples the resident memory of a process at equal distances.
#[derive(Debug)]
pub struct MemoryWatch {
    stop: Sender<()>,
    watching: JoinHandle<io::Result<Vec<Memory>>>,
}

/// Memory before and after some load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryGrowth {
    /// The memory when the process was warm.
    pub from: Memory,
    /// The most memory after that.
    pub to: Memory,
}

impl MemoryWatch {
    /// Starts to watch. The first sample is taken when one `period` is over.
    pub fn start(process: Process, period: Duration) -> Self {
        let (stop, stopped) = mpsc::channel();
        let begin = Instant::now();
        let next = move |turn| (begin + period * turn).saturating_duration_since(Instant::now());
        let watching = thread::spawn(move || {
            (1..)
                .take_while(|turn| {
                    stopped.recv_timeout(next(*turn)) == Err(RecvTimeoutError::Timeout)
                })
                .map(|_| process.resident())
                .collect()
        });
        Self { stop, watching }
    }

    /// Stops, and returns the samples. Fails, if the process has ended.
    pub fn stop(self) -> io::Result<Vec<Memory>> {
        drop(self.stop);
        self.watching.join().expect("reading a file does not panic")
    }
}

impl MemoryGrowth {
    /// Compares the last one of the first `warming` samples with those after it. Returns `None`, if
    /// there are none.
    pub fn after(samples: &[Memory], warming: usize) -> Option<Self> {
        let (warm, rest) = samples.split_at_checked(warming)?;
        let from = *warm.last()?;
        Some(Self { from, to: from.max(*rest.iter().max()?) })
    }

    /// Returns true if the growth is at most a tenth or 4 MiB, of which the larger one counts.
    pub fn is_small(&self) -> bool {
        let allowed = GROWTH_ALLOWED.kibibytes.max(self.from.kibibytes / 10);
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
        for (small, large) in
            [([1, 20, 20, 24], [1, 20, 25, 20]), ([1, 100, 9, 110], [1, 100, 9, 111])]
        {
            assert_eq!((is_small(&small), is_small(&large)), (Some(true), Some(false)));
        }
        assert_eq!((is_small(&[1, 20]), is_small(&[1])), (None, None));
    }

    #[test]
    fn a_watch_looks_until_it_is_stopped_or_the_process_ends() {
        let [living, gone] = [std::process::id(), u32::MAX]
            .map(|id| MemoryWatch::start(Process(id), Duration::from_millis(1)));
        thread::sleep(Duration::from_millis(50));
        assert!(!living.stop().unwrap().is_empty());
        assert!(gone.stop().is_err());
    }
}
