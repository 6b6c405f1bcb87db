//! The share of a CPU that Lambda gives to a function, by a control group of the kernel.

use std::{fs, io, path::PathBuf, process, thread, time::Duration};

use tokio::runtime::Handle;

/// The memory with which a function has one CPU, in MB; with less it has a share
/// (<https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html>).
const ONE_CPU_MEGABYTES: u128 = 1769;
/// The period after which a function that has used its share goes on. Measurements of others found
/// 20 ms (<https://doi.org/10.1145/3620678.3624653>, section 2); AWS does not say.
const PERIOD: Duration = Duration::from_millis(20);

/// A control group with the share of some memory size. It goes away with this value.
#[derive(Debug)]
pub(crate) struct CpuShare {
    directory: PathBuf,
    /// The file that takes the ids of threads.
    members: &'static str,
}

impl CpuShare {
    /// Makes a group with the share of a function of this memory size, in MB.
    ///
    /// # Errors
    /// There are no control groups for CPU time here, or this user may not make one.
    pub(crate) fn of_memory(megabytes: u16) -> io::Result<Self> {
        let name = format!("loop-bench-{}-{megabytes}", process::id());
        let period = PERIOD.as_micros();
        let quota = period * u128::from(megabytes) / ONE_CPU_MEGABYTES;
        // The first version has a hierarchy for each resource, the second one for all.
        let first = PathBuf::from("/sys/fs/cgroup/cpu");
        if first.join("cpu.cfs_quota_us").exists() {
            let share = Self { directory: first.join(name), members: "tasks" };
            share.make(&[
                ("cpu.cfs_period_us", &period.to_string()),
                ("cpu.cfs_quota_us", &quota.to_string()),
            ])?;
            return Ok(share);
        }
        let share = Self { directory: own_group()?.join(name), members: "cgroup.threads" };
        let share_of_period = format!("{quota} {period}");
        share.make(&[("cgroup.type", "threaded"), ("cpu.max", &share_of_period)])?;
        Ok(share)
    }

    fn make(&self, files: &[(&str, &str)]) -> io::Result<()> {
        fs::create_dir(&self.directory)?;
        files.iter().try_for_each(|(name, value)| fs::write(self.directory.join(name), value))
    }

    /// Calls `start` in a thread of the group: a process that it starts inherits the share.
    pub(crate) fn within<T: Send>(
        &self,
        start: impl FnOnce() -> io::Result<T> + Send,
    ) -> io::Result<T> {
        let runtime = Handle::current();
        let in_group = || {
            // 0 is the thread that writes it.
            fs::write(self.directory.join(self.members), "0")?;
            let _entered = runtime.enter();
            start()
        };
        let ended = thread::scope(|scope| scope.spawn(in_group).join());
        ended.unwrap_or_else(|_| Err(io::Error::other("the starting thread has panicked")))
    }
}

impl Drop for CpuShare {
    fn drop(&mut self) {
        // Its processes have just been killed, and take a moment to be gone. An empty group that
        // stays behind does no harm.
        for _ in 0..20 {
            if fs::remove_dir(&self.directory).is_ok() {
                return;
            }
            thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Returns the group of this process: its threads can be given only to groups below.
fn own_group() -> io::Result<PathBuf> {
    let groups = fs::read_to_string("/proc/self/cgroup")?;
    let own = groups.lines().find_map(|line| line.strip_prefix("0::/"));
    let own = own.ok_or_else(|| io::Error::other("no control groups"))?;

    Ok(PathBuf::from("/sys/fs/cgroup").join(own))
}
