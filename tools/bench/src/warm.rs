//! Invocations of a function that has started: the first after init, and those that follow.

mod counting;

use std::time::{Duration, Instant};

use clap::Args;
use load::{BoxError, Process};
use tokio::time::sleep;

pub(crate) use self::counting::Counter;
use crate::{
    release::{self, Binary},
    report::{Row, Section, Table, Target, grouped},
    spread::Spread,
    subject::{self, Subject},
    valgrind::Valgrind,
    world::{Connections, World},
};

/// The quiet time before the first invocation and before the rested ones. It is long enough for the
/// work of the start to end, and for the CPUs to go to sleep. An invocation after a pause takes
/// several times as long as one that follows at once, so only such invocations can be compared.
const PAUSE: Duration = Duration::from_millis(50);
/// The number of rested invocations after each start.
const RESTED: u32 = 5;
/// The longest that a first invocation may take, as a multiple of a rested one.
const FIRST_TO_RESTED_MAX: f64 = 3.0;

#[derive(Args)]
pub(crate) struct Arguments {
    /// The number of starts of each function.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..))]
    runs: u16,
    /// The number of invocations without a pause after each start.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    invocations: u32,
    /// Measures only times and connections, which need no Valgrind.
    #[arg(long)]
    without_valgrind: bool,
    /// The functions to measure, besides the hello-world, which the ratios need [default: all].
    functions: Vec<String>,
}

/// Starts every function in turn, again and again, and invokes it. Then counts the instructions of
/// one invocation.
///
/// # Errors
/// Something can't be built or started, or its response is wrong; or there is no Valgrind.
pub(crate) async fn measure(arguments: &Arguments) -> Result<Section, BoxError> {
    let valgrind = (!arguments.without_valgrind).then(Valgrind::find).transpose()?;
    let mut measured = Vec::new();
    for subject in subject::choose(&arguments.functions)? {
        let binary = release::build(&subject.name)?;
        measured.push(Measured { subject, binary, samples: vec![] });
    }
    let world = World::new().await?;
    // The functions take turns, and the first round does not count, as with cold starts.
    for run in 0..=arguments.runs {
        for Measured { subject, binary, samples } in &mut measured {
            let sample = time(&world, subject, binary, arguments.invocations).await?;
            if run > 0 {
                samples.push(sample);
            }
        }
    }
    let mut tables = vec![table_of_times(&measured)?];
    if let Some(valgrind) = &valgrind {
        let mut counts = Vec::new();
        for Measured { subject, binary, .. } in &measured {
            let counter = Counter { valgrind, world: &world, subject, binary };
            counts.push(counter.instructions().await?);
        }
        tables.push(table_of_counts(&measured, &counts));
    }
    Ok(Section { title: "Warm invocation", tables, targets: targets(&measured)? })
}

struct Measured {
    subject: Subject,
    binary: Binary,
    samples: Vec<Sample>,
}

/// The times of one start of a function.
struct Sample {
    /// The time of the first invocation after init, from the event to its response.
    first: Vec<Duration>,
    /// The connections that the first invocation has opened.
    opened: Connections,
    /// The times of later invocations, after a pause like that before the first.
    rested: Vec<Duration>,
    /// The times of invocations without a pause.
    warm: Vec<Duration>,
    /// The CPU time of all threads of the function for one invocation without a pause.
    cpu: Vec<Duration>,
}

impl Measured {
    /// Returns the distribution of a part of the samples, in microseconds.
    fn times(&self, of: fn(&Sample) -> &Vec<Duration>) -> Result<Spread, BoxError> {
        Spread::of(self.samples.iter().flat_map(of).map(|time| time.as_secs_f64() * 1e6))
    }

    fn first_to_rested(&self) -> Result<f64, BoxError> {
        Ok(self.times(|it| &it.first)?.median / self.times(|it| &it.rested)?.median)
    }

    fn row(&self, hello: &Self) -> Result<Row, BoxError> {
        let (warm, cpu) = (self.times(|it| &it.warm)?, self.times(|it| &it.cpu)?);
        let opened = Spread::of(self.samples.iter().map(|sample| sample.opened.all as f64))?;
        Ok(vec![
            ("function", self.subject.name.clone()),
            ("µs", warm.to_text(0)),
            ("to hello", format!("{:.1}", warm.least / hello.times(|it| &it.warm)?.least)),
            ("CPU µs", cpu.to_text(0)),
            ("CPU to hello", format!("{:.1}", cpu.least / hello.times(|it| &it.cpu)?.least)),
            ("rested µs", self.times(|it| &it.rested)?.to_text(0)),
            ("first µs", self.times(|it| &it.first)?.to_text(0)),
            ("first to rested", format!("{:.2}", self.first_to_rested()?)),
            ("first opens", format!("{:.0}", opened.median)),
        ])
    }
}

fn table_of_times(measured: &[Measured]) -> Result<Table, BoxError> {
    let caption = "From the event to the response: one invocation upon the other; rested: after a \
                   pause; first: after init and the same pause. A CPU that has had nothing to do \
                   is slow at first, also for hello.";
    let rows = measured.iter().map(|one| one.row(&measured[0])).collect::<Result<_, _>>()?;
    Ok(Table { caption, rows })
}

fn table_of_counts(measured: &[Measured], counts: &[f64]) -> Table {
    let caption = "Counted, as the difference between a long run and a short one; of two of each.";
    let rows = measured.iter().zip(counts).map(|(one, instructions)| {
        vec![
            ("function", one.subject.name.clone()),
            ("instructions", grouped(*instructions as u64)),
            ("to hello", format!("{:.1}", instructions / counts[0])),
        ]
    });
    Table { caption, rows: rows.collect() }
}

/// Compares first invocations with rested ones. The hello-world has no targets.
fn targets(measured: &[Measured]) -> Result<Vec<Target>, BoxError> {
    let functions = &measured[1..];
    let mut targets = Vec::new();
    for one in functions {
        targets.push(Target {
            what: format!("{}: first, to rested", one.subject.name),
            bound: FIRST_TO_RESTED_MAX,
            unit: "times",
            measured: one.first_to_rested()?,
        });
    }
    let samples = functions.iter().flat_map(|one| &one.samples);
    let opened: usize = samples.map(|sample| sample.opened.to_table).sum();
    targets.push(Target {
        what: "connections to DynamoDB that first invocations open".to_owned(),
        bound: 0.0,
        unit: "",
        measured: opened as f64,
    });
    Ok(targets)
}

/// Starts a function and invokes it: once, some times rested, and `count` times without a pause.
async fn time(
    world: &World,
    subject: &Subject,
    binary: &Binary,
    count: u32,
) -> Result<Sample, BoxError> {
    let stack = world.stack(false).await?;
    let mut events = stack.events(subject, 1 + RESTED + count).await?.into_iter();
    let function = stack.api.spawn(&binary.path, &stack.settings())?;
    function.idle().await.map_err(|error| format!("{}: {error}", subject.name))?;
    let mut invoke = async |times: u32, pause: Duration| -> Result<Vec<Duration>, BoxError> {
        let mut durations = Vec::new();
        for event in events.by_ref().take(times as usize) {
            if !pause.is_zero() {
                sleep(pause).await;
            }
            let start = Instant::now();
            let response = function.response(stack.api.queue(event)).await;
            durations.push(start.elapsed());
            // The function's work after a response must not slow the next invocation.
            let response = match response {
                Ok(response) => function.idle().await.map(|()| response),
                failed => failed,
            };
            stack.check(subject, response)?;
        }
        Ok(durations)
    };
    stack.take_connections();
    let first = invoke(1, PAUSE).await?;
    let opened = stack.take_connections();
    let rested = invoke(RESTED, PAUSE).await?;
    let process = Process(function.id());
    let cpu = process.cpu_of_living_threads()?;
    let warm = invoke(count, Duration::ZERO).await?;
    let cpu = vec![(process.cpu_of_living_threads()? - cpu) / count];
    Ok(Sample { first, opened, rested, warm, cpu })
}
