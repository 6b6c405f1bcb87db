//! What the kernel knows of a process (<https://docs.kernel.org/filesystems/proc.html>).

use std::{fs, io, time::Duration};

/// The kernel counts CPU time for us in hundredths of a second, whatever it counts in itself.
const TICKS_PER_SECOND: u64 = 100;

/// A process that has not been waited for yet, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Process(pub u32);

impl Process {
    /// How long its threads, also those that have ended, were running on a CPU: for itself and in
    /// the kernel. Exact to some 20 ms.
    ///
    /// # Errors
    /// There is no such process.
    pub fn cpu(self) -> io::Result<Duration> {
        let statistics = self.read("stat")?;
        // The second field is the name in parentheses, which may hold anything.
        let fields = statistics.rsplit_once(')').map(|(_, fields)| fields.split_whitespace());
        // utime and stime are the 14th and the 15th field.
        let ticks: Option<Vec<u64>> =
            fields.and_then(|fields| fields.skip(11).take(2).map(|it| it.parse().ok()).collect());
        let ticks: u64 = ticks.ok_or_else(|| not_told("utime"))?.iter().sum();
        Ok(Duration::from_millis(ticks * 1000 / TICKS_PER_SECOND))
    }

    /// What of its memory is resident, in KiB.
    ///
    /// # Errors
    /// There is no such process.
    pub fn resident(self) -> io::Result<u64> {
        self.memory("VmRSS")
    }

    /// The most of its memory that was resident at once, in KiB.
    ///
    /// # Errors
    /// There is no such process.
    pub fn peak_resident(self) -> io::Result<u64> {
        self.memory("VmHWM")
    }

    fn memory(self, name: &str) -> io::Result<u64> {
        let status = self.read("status")?;
        let values = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        let number = values.and_then(|values| values.split_whitespace().next()?.parse().ok());
        number.ok_or_else(|| not_told(name))
    }

    fn read(self, file: &str) -> io::Result<String> {
        fs::read_to_string(format!("/proc/{}/{file}", self.0))
    }
}

fn not_told(name: &str) -> io::Error {
    io::Error::other(format!("/proc tells no {name}"))
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
        // Until it is seen: on a busy machine nobody knows how long that takes.
        while this.cpu().unwrap() == before {
            assert!(begin.elapsed() < Duration::from_secs(60));
        }
        assert!(this.resident().unwrap() > 100);
        assert!(this.peak_resident().unwrap() >= 100);
    }

    #[test]
    fn a_process_that_is_not_there_is_an_error() {
        assert!(Process(u32::MAX).cpu().is_err());
        assert!(Process(u32::MAX).resident().is_err());
    }
}
