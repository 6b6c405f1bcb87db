//! How long a process has been running on a CPU.

use std::{fs, time::Duration};

use crate::Failure;

/// All its threads together. Nanoseconds on a CPU are the first number of each thread's `schedstat`
/// (<https://docs.kernel.org/scheduler/sched-stats.html>).
pub(crate) fn time(process: u32) -> Result<Duration, Failure> {
    let mut nanoseconds = 0;
    for thread in fs::read_dir(format!("/proc/{process}/task"))? {
        let statistics = fs::read_to_string(thread?.path().join("schedstat"))?;
        let first = statistics.split_whitespace().next().ok_or("schedstat is empty")?;
        nanoseconds += first.parse::<u64>()?;
    }
    Ok(Duration::from_nanos(nanoseconds))
}
