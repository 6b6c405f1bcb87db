//! What an invocation takes once a function is there: the first after init, and those that follow.

pub(crate) mod counting;

use std::time::{Duration, Instant};

use clap::Args;
use emulator::{InvocationError, LambdaProcess, RuntimeApi};
use serde_json::Value;
use tokio::time::sleep;

use self::counting::{Counter, Counts};
use crate::{
    Failure, cpu,
    release::{self, Binary},
    report::{Cell, Section, Table, Target},
    spread::Spread,
    subject::{self, Subject},
    valgrind::Valgrind,
    world::{Connections, World},
};

#[derive(Args)]
pub(crate) struct Arguments {
    /// How often each function is started.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..))]
    runs: u16,
    /// How many invocations follow one upon the other after each start.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    invocations: u32,
    /// Only what needs no Valgrind: times and connections.
    #[arg(long)]
    without_valgrind: bool,
    /// Only these functions; the hello-world, which the ratios need, is always among them.
    functions: Vec<String>,
}

/// Starts every function in turn, again and again, and invokes it; then counts what one invocation
/// takes.
///
/// # Errors
/// Something can't be built or started, or gives a wrong answer; or there is no Valgrind.
pub(crate) async fn measure(arguments: &Arguments) -> Result<Section, Failure> {
    let valgrind = (!arguments.without_valgrind).then(Valgrind::find).transpose()?;
    let mut subjects = Vec::new();
    for subject in subject::choose(&arguments.functions)? {
        let binary = release::build(subject.name)?;
        subjects.push(Measured { subject, binary, samples: vec![], counts: None });
    }
    let world = World::new().await?;
    // In turn, and without the first round, as for cold starts.
    for run in 0..=arguments.runs {
        for Measured { subject, binary, samples, .. } in &mut subjects {
            let sample = time(&world, subject, binary, arguments.invocations).await?;
            if run > 0 {
                samples.push(sample);
            }
        }
    }
    if let Some(valgrind) = &valgrind {
        for Measured { subject, binary, counts, .. } in &mut subjects {
            let counter = Counter { valgrind, world: &world, subject, binary };
            *counts = Some(counter.counts().await?);
        }
    }
    let mut tables = vec![table_of_times(&subjects)];
    tables.extend(counting::table(&subjects));
    let targets = targets(&subjects);
    Ok(Section { title: "Warm invocation", tables, targets })
}

struct Measured {
    subject: &'static Subject,
    binary: Binary,
    samples: Vec<Sample>,
    counts: Option<Counts>,
}

/// What was found with one start.
struct Sample {
    /// The first invocation after init, from when the event is there until its answer is.
    first: Duration,
    /// Connections that it has opened.
    opened: Connections,
    /// Later ones, after a pause like that before the first.
    rested: Vec<Duration>,
    /// Those that follow one upon the other.
    warm: Vec<Duration>,
    /// That all threads of the function were running on a CPU for one of these, in the mean.
    cpu: Duration,
}

impl Measured {
    fn first(&self) -> Option<Spread> {
        Spread::of(self.samples.iter().map(|sample| microseconds(sample.first)))
    }

    fn rested(&self) -> Option<Spread> {
        let rested = self.samples.iter().flat_map(|sample| &sample.rested);
        Spread::of(rested.copied().map(microseconds))
    }

    fn warm(&self) -> Option<Spread> {
        let warm = self.samples.iter().flat_map(|sample| &sample.warm);
        Spread::of(warm.copied().map(microseconds))
    }

    fn cpu(&self) -> Option<Spread> {
        Spread::of(self.samples.iter().map(|sample| microseconds(sample.cpu)))
    }

    fn row(&self, hello: &Self) -> Option<Vec<Cell>> {
        let (warm, cpu) = (self.warm()?, self.cpu()?);
        let (first, rested) = (self.first()?, self.rested()?);
        let opened = Spread::of(self.samples.iter().map(|sample| sample.opened.all() as f64))?;
        Some(vec![
            self.subject.name.into(),
            Cell::Samples(warm, 0),
            Cell::Number(warm.least / hello.warm()?.least, 1),
            Cell::Samples(cpu, 0),
            Cell::Number(cpu.least / hello.cpu()?.least, 1),
            Cell::Samples(rested, 0),
            Cell::Samples(first, 0),
            Cell::Number(first.median / rested.median, 2),
            Cell::Number(opened.median, 0),
        ])
    }
}

/// That whoever comes first waits hardly longer than everybody who comes after a pause.
fn targets(subjects: &[Measured]) -> Vec<Target> {
    let target = |of: &Measured| {
        Some(Target {
            what: format!("{}: first, to rested", of.subject.name),
            unit: "times",
            bound: 3.0,
            measured: of.first()?.median / of.rested()?.median,
        })
    };
    // Hello is not ours.
    let functions = subjects.iter().skip(1);
    let opened = functions.clone().flat_map(|of| &of.samples).map(|sample| sample.opened.to_table);
    let opened = Target {
        what: "connections to DynamoDB that first invocations open".to_owned(),
        unit: "",
        bound: 0.0,
        measured: opened.sum::<usize>() as f64,
    };
    functions.filter_map(target).chain([opened]).collect()
}

fn table_of_times(subjects: &[Measured]) -> Table {
    Table {
        caption: "From the event to the answer: one invocation upon the other; rested: after a \
                  pause; first: after init and the same pause. A CPU that has had nothing to do \
                  is slow at first, also for hello."
            .to_owned(),
        columns: vec![
            "function",
            "µs",
            "to hello",
            "CPU µs",
            "CPU to hello",
            "rested µs",
            "first µs",
            "first to rested",
            "first opens",
        ],
        rows: subjects.iter().filter_map(|subject| subject.row(&subjects[0])).collect(),
    }
}

fn microseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}

/// How long it is quiet before the first invocation and the rested ones. Long enough for nothing
/// of the start to be left on the CPUs, and for the CPUs to have gone to sleep: an invocation after
/// a pause takes several times as long as one upon the other, so only these can be compared.
const PAUSE: Duration = Duration::from_millis(50);
/// Rested invocations after each start.
const RESTED: u32 = 5;

/// Starts a function and invokes it: once, some times rested, and `count` times one upon the other.
async fn time(
    world: &World,
    subject: &Subject,
    binary: &Binary,
    count: u32,
) -> Result<Sample, Failure> {
    let surroundings = world.surroundings(subject.needs).await?;
    let events = surroundings.events(subject, 1 + RESTED + count).await?;
    let process = surroundings.api.spawn(&binary.path, &surroundings.settings())?;
    process.idle().await.map_err(|error| subject.failure(error))?;
    let invoke = async |event| -> Result<Duration, Failure> {
        let invoked = invoke(&surroundings.api, &process, event).await;
        let (duration, answer) = invoked.map_err(|error| subject.failure(error))?;
        surroundings.check(subject, &answer)?;
        Ok(duration)
    };

    let mut events = events.into_iter();
    let connections = surroundings.connections();
    sleep(PAUSE).await;
    let first = invoke(events.next().ok_or("no event")?).await?;
    let opened = surroundings.connections() - connections;

    let mut rested = Vec::new();
    for event in events.by_ref().take(RESTED as usize) {
        sleep(PAUSE).await;
        rested.push(invoke(event).await?);
    }

    let cpu = cpu::time(process.id())?;
    let mut warm = Vec::new();
    for event in events {
        warm.push(invoke(event).await?);
    }
    let cpu = (cpu::time(process.id())? - cpu) / count;
    Ok(Sample { first, opened, rested, warm, cpu })
}

/// Waits also for what the function does behind its answer: that is not the next one's.
async fn invoke(
    api: &RuntimeApi,
    process: &LambdaProcess,
    event: Value,
) -> Result<(Duration, Value), InvocationError> {
    let start = Instant::now();
    let answer = process.response(api.queue(event)).await?;
    let duration = start.elapsed();
    process.idle().await?;
    Ok((duration, answer))
}
