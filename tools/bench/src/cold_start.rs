//! How long a function takes from nothing to its first answer, and how much of everything.

use std::{
    fs,
    time::{Duration, Instant},
};

use clap::Args;
use tokio::time::sleep;

use crate::{
    Failure,
    release::{self, Binary},
    report::{Cell, Section, Table},
    spread::Spread,
    subject::{self, Subject},
    world::{World, event},
};

#[derive(Args)]
pub(crate) struct Arguments {
    /// How often each function is started.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..))]
    runs: u16,
    /// Only these functions; the hello-world, which the ratios need, is always among them.
    functions: Vec<String>,
}

/// Starts every function in turn, again and again.
///
/// # Errors
/// Something can't be built or started, or gives a wrong answer.
pub(crate) async fn measure(arguments: &Arguments) -> Result<Section, Failure> {
    let mut subjects = Vec::new();
    for subject in subject::choose(&arguments.functions)? {
        subjects.push(Measured { subject, binary: release::build(subject.name)?, samples: vec![] });
    }
    let world = World::new(release::build("register")?).await?;
    // In turn, not one function after the other: what else the machine does meets all alike.
    for run in 0..=arguments.runs {
        for Measured { subject, binary, samples } in &mut subjects {
            let sample = start(&world, subject, binary).await?;
            // The first run brings the binary into the page cache.
            if run > 0 {
                samples.push(sample);
            }
        }
    }
    let rows = subjects.iter().filter_map(|subject| subject.row(&subjects[0])).collect();
    let columns = vec![
        "function",
        "bytes",
        "ms",
        "to hello",
        "CPU ms",
        "CPU to hello",
        "peak MB",
        "connections",
    ];
    let table = Table { caption: String::new(), columns, rows };
    Ok(Section { title: "Cold start", tables: vec![table], ..Section::default() })
}

struct Measured {
    subject: &'static Subject,
    binary: Binary,
    samples: Vec<Sample>,
}

impl Measured {
    fn spread(&self, part: impl Fn(&Sample) -> f64) -> Option<Spread> {
        Spread::of(self.samples.iter().map(part))
    }

    fn row(&self, hello: &Self) -> Option<Vec<Cell>> {
        let milliseconds = |duration: Duration| duration.as_secs_f64() * 1e3;
        let duration = |of: &Self| of.spread(|sample| milliseconds(sample.duration));
        let cpu = |of: &Self| of.spread(|sample| milliseconds(sample.cpu));
        let peak = self.spread(|sample| sample.peak_memory as f64 * 1024.0 / 1e6)?;
        let connections = self.spread(|sample| sample.connections as f64)?;
        Some(vec![
            self.subject.name.into(),
            Cell::Count(self.binary.bytes),
            Cell::Samples(duration(self)?, 1),
            Cell::Number(duration(self)?.least / duration(hello)?.least, 2),
            Cell::Samples(cpu(self)?, 1),
            Cell::Number(cpu(self)?.median / cpu(hello)?.median, 2),
            Cell::Number(peak.median, 1),
            Cell::Number(connections.median, 0),
        ])
    }
}

/// How long it is quiet before a start: the last run's process is being killed and its table thrown
/// away, this one's has just been made, and all of that would otherwise share the CPUs with it.
const PAUSE: Duration = Duration::from_millis(100);

/// What one start took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sample {
    /// From before the process is made until its first answer is here.
    duration: Duration,
    /// That all its threads were running on a CPU until then.
    cpu: Duration,
    /// Most memory that was resident at once, in KiB.
    peak_memory: u64,
    /// Connections to DynamoDB.
    connections: usize,
}

/// Starts `binary` with an event waiting for it, and makes sure that the answer is right.
async fn start(world: &World, subject: &Subject, binary: &Binary) -> Result<Sample, Failure> {
    let surroundings = world.surroundings(subject.needs).await?;
    let before = surroundings.connections();
    let event = event(subject.event)?;
    let settings = surroundings.settings();
    let invocation = surroundings.api.queue(event);

    sleep(PAUSE).await;
    let start = Instant::now();
    let process = surroundings.api.spawn(&binary.path, &settings)?;
    let answer = process.answer(invocation).await;
    let duration = start.elapsed();

    let answer = answer.map_err(|error| format!("{}: {error}", subject.name))?;
    if !subject.is_right(&answer) {
        return Err(format!("{}: not the right answer: {answer}", subject.name).into());
    }
    Ok(Sample {
        duration,
        cpu: cpu(process.id())?,
        peak_memory: peak_memory(process.id())?,
        connections: surroundings.connections() - before,
    })
}

/// Nanoseconds on a CPU are the first number of each thread's `schedstat`
/// (<https://docs.kernel.org/scheduler/sched-stats.html>).
fn cpu(process: u32) -> Result<Duration, Failure> {
    let mut nanoseconds = 0;
    for thread in fs::read_dir(format!("/proc/{process}/task"))? {
        let statistics = fs::read_to_string(thread?.path().join("schedstat"))?;
        let first = statistics.split_whitespace().next().ok_or("schedstat is empty")?;
        nanoseconds += first.parse::<u64>()?;
    }
    Ok(Duration::from_nanos(nanoseconds))
}

fn peak_memory(process: u32) -> Result<u64, Failure> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|peak| peak.trim().strip_suffix(" kB"));
    Ok(peak.ok_or("the kernel does not tell VmHWM")?.parse()?)
}
