//! One cold start.

use std::{
    fs,
    time::{Duration, Instant},
};

use tokio::time::sleep;

use crate::{Failure, cpu, cpu_share::CpuShare, release::Binary, subject::Subject, world::World};

/// How long it is quiet before a start: the last run's process is being killed and its table thrown
/// away, this one's has just been made, and all of that would otherwise share the CPUs with it.
const PAUSE: Duration = Duration::from_millis(100);

/// What one start took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sample {
    /// From before the process is made until its first answer is here.
    pub(crate) duration: Duration,
    /// That all its threads were running on a CPU until then.
    pub(crate) cpu: Duration,
    /// Most memory that was resident at once, in KiB.
    pub(crate) peak_memory: u64,
    /// Connections to DynamoDB, and to the gateway and the queue of the call channel.
    pub(crate) connections: usize,
}

/// Starts `binary` with an event waiting for it, and makes sure that the answer is right.
pub(crate) async fn start(
    world: &World,
    subject: &Subject,
    binary: &Binary,
    share: Option<&CpuShare>,
) -> Result<Sample, Failure> {
    let surroundings = world.surroundings(subject.needs).await?;
    let before = surroundings.connections();
    let settings = surroundings.settings();
    let event = surroundings.events(subject, 1).await?.pop().ok_or("no event")?;
    let invocation = surroundings.api.queue(event);

    sleep(PAUSE).await;
    let spawn = || {
        let start = Instant::now();
        surroundings.api.spawn(&binary.path, &settings).map(|process| (process, start))
    };
    let (process, start) = share.map_or_else(spawn, |share| share.within(spawn))?;
    let answer = process.response(invocation).await;
    let duration = start.elapsed();

    let answer = answer.map_err(|error| subject.failure(error))?;
    surroundings.check(subject, &answer)?;
    Ok(Sample {
        duration,
        cpu: cpu::time(process.id())?,
        peak_memory: peak_memory(process.id())?,
        connections: (surroundings.connections() - before).all(),
    })
}

fn peak_memory(process: u32) -> Result<u64, Failure> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|peak| peak.trim().strip_suffix(" kB"));
    Ok(peak.ok_or("the kernel does not tell VmHWM")?.parse()?)
}
