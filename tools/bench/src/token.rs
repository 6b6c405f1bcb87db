//! Time, instructions and allocations of making and of verifying a call token.

use load::BoxError;
use std::process::Command;

use clap::Args;

use crate::{
    release::{self, Binary},
    report::{Cell, Section, Table, Target},
    spread::Spread,
    valgrind::{self, Tool, Valgrind},
};

/// The operations, with what each may take at most in nanoseconds.
const OPERATIONS: [(&str, f64); 2] = [("make", 450.0), ("verify", 400.0)];

/// Operations in the shorter of the two runs whose difference counts.
const COUNTED: u32 = 100;

/// Operations in a timed batch: long enough that looking at the clock plays no part, short enough
/// that most batches run without an interruption.
const TIMED: u32 = 15_000;
const TIMED_BATCHES: u32 = 101;
/// Batches that do not count: clock rates rise meanwhile, and caches fill.
const WARM_UP_BATCHES: u32 = 40;

/// Allocations of verifying: the two texts, the name of the caller and that of the callee.
const VERIFY_ALLOCATIONS_MAX: f64 = 2.0;

#[derive(Args)]
pub(crate) struct Arguments {
    /// Only times and the length: what needs no Valgrind.
    #[arg(long)]
    without_valgrind: bool,
}

/// What one operation takes, counted.
pub(crate) struct Counts {
    pub(crate) instructions: u64,
    pub(crate) blocks: f64,
}

/// Measures both operations.
///
/// # Errors
/// The program that makes tokens can't be built, or fails; or there is no Valgrind.
pub(crate) fn measure(arguments: &Arguments) -> Result<Section, BoxError> {
    let valgrind = (!arguments.without_valgrind).then(Valgrind::find).transpose()?;
    let program = build()?;
    let mut table = Table::new(
        "Built as functions are, for size. The keys are there already; verifying also reads the \
         claims and looks at the clock. Counted on the CPU that Valgrind emulates, which has AVX2 \
         and no instructions for SHA-256, so HMAC takes more of them than the times are for.",
    );
    let mut targets = Vec::new();
    for (operation, nanoseconds_max) in OPERATIONS {
        let (characters, time) = time(&program, operation)?;
        targets.push(Target::new(operation, nanoseconds_max, "ns", time.least));
        let mut row = vec![
            ("operation", operation.into()),
            ("characters", Cell::Count(characters)),
            ("ns", Cell::Samples(time, 0)),
        ];
        if let Some(valgrind) = &valgrind {
            let counts = counts(valgrind, &program, operation)?;
            row.push(("instructions", Cell::Count(counts.instructions)));
            row.push(("allocations", Cell::Number(counts.blocks, 1)));
            if operation == "verify" {
                let bound = VERIFY_ALLOCATIONS_MAX;
                targets.push(Target::new("verify, allocations", bound, "", counts.blocks));
            }
        }
        table.rows.push(row);
    }
    Ok(Section { title: "Call token", tables: vec![table], targets })
}

/// Counts both operations, and returns each with its name.
///
/// # Errors
/// As for [`measure`].
pub(crate) fn counted(valgrind: &Valgrind) -> Result<Vec<(&'static str, Counts)>, BoxError> {
    let program = build()?;
    let count = |(operation, _)| Ok((operation, counts(valgrind, &program, operation)?));
    OPERATIONS.into_iter().map(count).collect()
}

fn build() -> Result<Binary, BoxError> {
    release::build("bench-call-token")
}

/// Returns the length of a token, and the nanoseconds that one operation takes.
fn time(program: &Binary, operation: &str) -> Result<(u64, Spread), BoxError> {
    let batches = WARM_UP_BATCHES + TIMED_BATCHES;
    let arguments = [operation, &TIMED.to_string(), &batches.to_string()];
    let output = Command::new(&program.path).args(arguments).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    let numbers: Result<Vec<u64>, _> =
        String::from_utf8(output.stdout)?.lines().map(str::parse).collect();
    let numbers = numbers?;
    let (characters, times) = numbers.split_first().ok_or("the program printed nothing")?;
    let times = times.iter().skip(WARM_UP_BATCHES as usize);
    Ok((*characters, Spread::of(times.map(|time| *time as f64 / f64::from(TIMED)))?))
}

fn counts(valgrind: &Valgrind, program: &Binary, operation: &str) -> Result<Counts, BoxError> {
    let path = program.path.to_str().ok_or("the target directory is not UTF-8")?;
    let run = |tool, size: u32| valgrind.run(tool, path, &[operation, &size.to_string(), "1"]);
    let difference = |tool, count: fn(&str) -> Result<u64, BoxError>| -> Result<u64, BoxError> {
        Ok(count(&run(tool, 2 * COUNTED)?)?.saturating_sub(count(&run(tool, COUNTED)?)?))
    };
    let blocks = |report: &str| Ok(valgrind::allocations(report)?.blocks);
    Ok(Counts {
        instructions: difference(Tool::Instructions, valgrind::instructions)? / u64::from(COUNTED),
        blocks: difference(Tool::Allocations, blocks)? as f64 / f64::from(COUNTED),
    })
}
