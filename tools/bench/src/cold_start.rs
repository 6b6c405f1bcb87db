//! How long a function takes from nothing to its first answer, and how much of everything.

mod sample;
mod section;

use std::io;

use clap::Args;

use crate::{
    Failure,
    cold_start::{sample::Sample, section::section},
    cpu_share::CpuShare,
    release::{self, Binary},
    report::Section,
    subject::{self, Subject},
    world::World,
};

#[derive(Args)]
pub(crate) struct Arguments {
    /// How often each function is started.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..))]
    runs: u16,
    /// Also with the share of a CPU that Lambda gives at these memory sizes, in MB. Needs root.
    #[arg(long, value_name = "SIZES", value_delimiter = ',', default_values_t = [256, 128])]
    memory: Vec<u16>,
    /// Only with a whole CPU.
    #[arg(long, conflicts_with = "memory")]
    whole_cpu: bool,
    /// Only these functions; the hello-world, which the ratios need, is always among them.
    functions: Vec<String>,
}

/// Starts every function in turn, again and again.
///
/// # Errors
/// Something can't be built or started, or gives a wrong answer.
pub(crate) async fn measure(arguments: &Arguments) -> Result<Section, Failure> {
    let memory = if arguments.whole_cpu { &[] } else { arguments.memory.as_slice() };
    let shares = shares(memory)?;
    let mut subjects = Vec::new();
    for subject in subject::choose(&arguments.functions)? {
        subjects.push(Measured::new(subject, release::build(subject.name)?, memory.len()));
    }
    let world = World::new().await?;
    // In turn, not one function after the other: what else the machine does meets all alike.
    for run in 0..=arguments.runs {
        for Measured { subject, binary, whole, shared } in &mut subjects {
            let sample = sample::start(&world, subject, binary, None).await?;
            // The first run brings the binary into the page cache.
            if run == 0 {
                continue;
            }
            whole.push(sample);
            for (share, samples) in shares.iter().zip(shared) {
                samples.push(sample::start(&world, subject, binary, Some(share)).await?);
            }
        }
    }
    Ok(section(&subjects, memory))
}

/// What was measured of one function.
struct Measured {
    subject: &'static Subject,
    binary: Binary,
    /// With a whole CPU.
    whole: Vec<Sample>,
    /// With each share.
    shared: Vec<Vec<Sample>>,
}

impl Measured {
    fn new(subject: &'static Subject, binary: Binary, shares: usize) -> Self {
        Self { subject, binary, whole: Vec::new(), shared: vec![Vec::new(); shares] }
    }
}

fn shares(memory: &[u16]) -> Result<Vec<CpuShare>, Failure> {
    let shares: io::Result<Vec<_>> = memory.iter().map(|size| CpuShare::of_memory(*size)).collect();
    shares.map_err(|error| {
        format!("no share of a CPU can be given: {error} (needs root; or say --whole-cpu)").into()
    })
}
