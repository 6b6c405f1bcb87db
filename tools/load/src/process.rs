//! Statistics that the kernel keeps of a process (<https://docs.kernel.org/filesystems/proc.html>).
//! The crate `procfs` reads them too, but does not build on macOS, where Loop is developed as well.

use std::{fmt, fs, io, time::Duration};

use serde::{Deserialize, Serialize};

/// The number of ticks of a second, in which Linux counts CPU times.
const TICKS_PER_SECOND: u64 = 100;

/// The id of a process. If there is no such process, the methods fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Process(pub u32);

/// An amount of memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Memory {
    pub(crate) kibibytes: u64,
}

impl Process {
    /// Returns the CPU time of all its threads, also of those that have ended, in user space and in
    /// the kernel. It is exact to some 20 ms.
    pub fn cpu(self) -> io::Result<Duration> {
        let statistics = self.read("stat")?;
        // The second field is the name in parentheses, which may contain any character. The fields
        // `utime` and `stime` are the 14th and the 15th.
        let fields = statistics.rsplit_once(')').map_or("", |(_, fields)| fields);
        let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<u64>);
        let ticks: u64 = ticks.sum::<Result<_, _>>().map_err(io::Error::other)?;
        Ok(Duration::from_millis(ticks * 1000 / TICKS_PER_SECOND))
    }

    /// Returns the CPU time of its living threads, exact to nanoseconds: the sum of the first
    /// numbers in `schedstat` of each thread
    /// (<https://docs.kernel.org/scheduler/sched-stats.html>).
    pub fn cpu_of_living_threads(self) -> io::Result<Duration> {
        let mut cpu = Duration::ZERO;
        for thread in fs::read_dir(format!("/proc/{}/task", self.0))? {
            let statistics = fs::read_to_string(thread?.path().join("schedstat"))?;
            let nanoseconds = statistics.split_whitespace().next().unwrap_or_default().parse();
            cpu += Duration::from_nanos(nanoseconds.map_err(io::Error::other)?);
        }
        Ok(cpu)
    }

    /// Returns the resident memory.
    pub fn resident(self) -> io::Result<Memory> {
        self.memory("VmRSS:")
    }

    /// Returns the most memory that was resident at once.
    pub fn peak_resident(self) -> io::Result<Memory> {
        self.memory("VmHWM:")
    }

    fn memory(self, name: &str) -> io::Result<Memory> {
        let status = self.read("status")?;
        let value = status.lines().find_map(|line| line.strip_prefix(name));
        let value = value.and_then(|value| value.trim().strip_suffix(" kB")?.parse().ok());
        value.map(Memory::from_kibibytes).ok_or_else(|| io::Error::other("no statistics"))
    }

    fn read(self, file: &str) -> io::Result<String> {
        fs::read_to_string(format!("/proc/{}/{file}", self.0))
    }
}

impl Memory {
    /// Returns an amount of so many times 1,024 bytes.
    pub const fn from_kibibytes(kibibytes: u64) -> Self {
        Self { kibibytes }
    }

    /// Returns the amount in units of 1,048,576 bytes.
    pub fn mebibytes(self) -> f64 {
        self.kibibytes as f64 / 1024.0
    }
}

impl fmt::Display for Memory {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:.1} MiB", self.mebibytes())
    }
}

#[cfg(test)]
mod tests {
    use std::{process, time::Instant};

    use super::*;

    #[test]
    fn work_is_seen() {
        let this = Process(process::id());
        let before = this.cpu().unwrap();
        let begin = Instant::now();
        // On a busy machine this may take long.
        while this.cpu().unwrap() == before {
            assert!(begin.elapsed() < Duration::from_secs(60));
        }
        assert!(this.cpu_of_living_threads().unwrap() > Duration::ZERO);
        let (resident, peak) = (this.resident().unwrap(), this.peak_resident().unwrap());
        assert!(resident.min(peak) > Memory::from_kibibytes(100));
    }

    #[test]
    fn a_process_that_is_not_there_is_an_error() {
        let gone = Process(u32::MAX);
        assert!(gone.cpu().is_err() && gone.cpu_of_living_threads().is_err());
        assert!(gone.resident().is_err());
    }
}
