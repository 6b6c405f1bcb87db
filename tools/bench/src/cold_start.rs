//! Cold starts of functions: the time, CPU and memory until the first response.

use std::time::{Duration, Instant};

use clap::Args;
use load::{BoxError, Process};
use tokio::time::sleep;

use crate::{
    release::{self, Binary},
    report::{Section, Table, Target, grouped},
    spread::Spread,
    subject::{self, Needs, Subject},
    world::World,
};

/// The quiet time before a start. Otherwise the end of the last process, the removal of its table
/// and the making of the next one would share the CPUs with the function.
const PAUSE: Duration = Duration::from_millis(100);

#[derive(Args)]
pub(crate) struct Arguments {
    /// The number of starts of each function.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..))]
    runs: u16,
    /// The functions to measure, besides the hello-world, which the ratios need [default: all].
    functions: Vec<String>,
}

/// Starts every function in turn, again and again.
///
/// # Errors
/// Something can't be built or started, or its response is wrong.
pub(crate) async fn measure(arguments: &Arguments) -> Result<Section, BoxError> {
    let mut measured = Vec::new();
    for subject in subject::choose(&arguments.functions)? {
        let binary = release::build(&subject.name)?;
        measured.push(Measured { subject, binary, samples: Vec::new() });
    }
    let world = World::new().await?;
    // The functions take turns, so that other work of the machine slows all of them alike.
    for run in 0..=arguments.runs {
        for Measured { subject, binary, samples } in &mut measured {
            let sample = start(&world, subject, binary).await?;
            // The first run does not count: it brings the binary into the page cache.
            if run > 0 {
                samples.push(sample);
            }
        }
    }
    section(&measured)
}

/// The starts of one function.
struct Measured {
    subject: Subject,
    binary: Binary,
    samples: Vec<Sample>,
}

/// The consumption of one start.
#[derive(Clone, Copy, Debug)]
struct Sample {
    /// The time from before the process is made until its first response, in ms.
    duration: f64,
    /// The CPU time of all its threads until then, in ms.
    cpu: f64,
    /// The most memory that was resident at once, in MB.
    peak_memory: f64,
    /// The number of connections to DynamoDB, and to the gateway and the queue of the call channel.
    connections: f64,
}

/// Starts `binary` with an event waiting for it, and checks its response.
async fn start(world: &World, subject: &Subject, binary: &Binary) -> Result<Sample, BoxError> {
    let stack = world.stack(false).await?;
    let settings = stack.settings();
    let event = stack.events(subject, 1).await?.pop().ok_or("no event")?;
    let invocation = stack.api.queue(event);

    sleep(PAUSE).await;
    let start = Instant::now();
    let function = stack.api.spawn(&binary.path, &settings)?;
    let response = function.response(invocation).await;
    let duration = start.elapsed();

    stack.check(subject, response)?;
    let process = Process(function.id());
    Ok(Sample {
        duration: duration.as_secs_f64() * 1e3,
        cpu: process.cpu_of_living_threads()?.as_secs_f64() * 1e3,
        peak_memory: process.peak_resident()?.mebibytes() * 1.048_576,
        connections: stack.take_connections().all as f64,
    })
}

impl Measured {
    /// Returns the distribution of a part of the samples.
    fn spread(&self, part: fn(&Sample) -> f64) -> Result<Spread, BoxError> {
        Spread::of(self.samples.iter().map(part))
    }

    fn duration(&self) -> Result<Spread, BoxError> {
        self.spread(|sample| sample.duration)
    }

    fn duration_to(&self, hello: &Self) -> Result<f64, BoxError> {
        Ok(self.duration()?.median / hello.duration()?.median)
    }

    fn bytes_to(&self, hello: &Self) -> f64 {
        self.binary.bytes as f64 / hello.binary.bytes as f64
    }

    fn targets(&self, hello: &Self) -> Result<[Target; 2], BoxError> {
        let target = |what, bound, unit, measured| {
            let what = format!("{}: {what}", self.subject.name);
            Target { what, bound, unit, measured }
        };
        let start = self.duration_to(hello)?;
        let megabytes = self.binary.bytes as f64 / 1e6;
        Ok(match self.subject.needs {
            Needs::Nothing => [
                target("cold start", 1.15, "x hello", start),
                target("binary", 1.5, "x hello", self.bytes_to(hello)),
            ],
            // It has a client for push services, besides that for DynamoDB.
            Needs::Device => [
                target("cold start", 5.0, "x hello", start),
                target("binary", 5.0, "MB", megabytes),
            ],
            _ => [
                target("cold start", 2.5, "x hello", start),
                target("binary", 4.5, "MB", megabytes),
            ],
        })
    }
}

/// Builds the report on all functions, which are compared with the first one.
fn section(measured: &[Measured]) -> Result<Section, BoxError> {
    let hello = &measured[0];
    let (mut rows, mut targets) = (Vec::new(), Vec::new());
    for one in measured {
        let cpu = one.spread(|sample| sample.cpu)?;
        let cpu_to_hello = cpu.median / hello.spread(|sample| sample.cpu)?.median;
        let connections = one.spread(|sample| sample.connections)?.median;
        let peak_memory = one.spread(|sample| sample.peak_memory)?.median;
        rows.push(vec![
            ("function", one.subject.name.clone()),
            ("bytes", grouped(one.binary.bytes)),
            ("to hello", format!("{:.2}", one.bytes_to(hello))),
            ("zip bytes", grouped(one.binary.zip_bytes)),
            ("connections", format!("{:.0}", connections)),
            ("peak MB", format!("{:.1}", peak_memory)),
            ("CPU ms", cpu.to_text(1)),
            ("to hello's", format!("{:.2}", cpu_to_hello)),
            ("ms", one.duration()?.to_text(1)),
            ("to hello's ms", format!("{:.2}", one.duration_to(hello)?)),
        ]);
    }
    // The hello-world has no targets.
    for one in &measured[1..] {
        targets.extend(one.targets(hello)?);
    }
    let table = Table { caption: "With a whole CPU.", rows };
    Ok(Section { title: "Cold start", tables: vec![table], targets })
}
