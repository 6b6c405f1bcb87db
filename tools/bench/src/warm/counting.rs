//! What one warm invocation takes, counted.

use std::time::Duration;

use super::Measured;
use crate::{
    Failure,
    release::Binary,
    report::{Cell, Table},
    subject::Subject,
    valgrind::{self, Allocations, Tool, Valgrind},
    world::World,
};

/// Invocations in the shorter of the two runs whose difference counts: so start, init, the first
/// invocation and the end don't.
const INVOCATIONS: u32 = 20;
/// Of the end of a function under Valgrind, which writes its report then.
const END_DEADLINE: Duration = Duration::from_secs(10);

/// Of one invocation.
pub(super) struct Counts {
    /// As often as they were counted.
    instructions: [u64; 2],
    blocks: f64,
    bytes: f64,
}

/// Counts instructions twice, to see how far that repeats, and allocations.
pub(super) async fn counts(
    valgrind: &Valgrind,
    world: &World,
    subject: &Subject,
    binary: &Binary,
) -> Result<Counts, Failure> {
    let once = instructions(valgrind, world, subject, binary).await?;
    let again = instructions(valgrind, world, subject, binary).await?;
    let allocations = allocations(valgrind, world, subject, binary).await?;
    Ok(Counts {
        instructions: [once, again],
        blocks: allocations.blocks as f64 / f64::from(INVOCATIONS),
        bytes: allocations.bytes as f64 / f64::from(INVOCATIONS),
    })
}

/// The instructions of one warm invocation. They don't repeat exactly: hash maps have random seeds,
/// what comes over the network comes in other pieces, and TLS and signatures are over other bytes.
///
/// # Errors
/// The function can't be started, or gives a wrong answer.
pub(crate) async fn instructions(
    valgrind: &Valgrind,
    world: &World,
    subject: &Subject,
    binary: &Binary,
) -> Result<u64, Failure> {
    let run = async |count| {
        let report = run(valgrind, Tool::Instructions, world, subject, binary, count).await?;
        valgrind::instructions(&report)
    };
    let more = run(2 * INVOCATIONS).await?.saturating_sub(run(INVOCATIONS).await?);
    Ok(more / u64::from(INVOCATIONS))
}

/// The allocations of [`INVOCATIONS`] warm invocations.
async fn allocations(
    valgrind: &Valgrind,
    world: &World,
    subject: &Subject,
    binary: &Binary,
) -> Result<Allocations, Failure> {
    let run = async |count| {
        let report = run(valgrind, Tool::Allocations, world, subject, binary, count).await?;
        valgrind::allocations(&report)
    };
    Ok(run(2 * INVOCATIONS).await? - run(INVOCATIONS).await?)
}

/// Invokes a function so often under Valgrind, and gives Valgrind's report.
async fn run(
    valgrind: &Valgrind,
    tool: Tool,
    world: &World,
    subject: &Subject,
    binary: &Binary,
    count: u32,
) -> Result<String, Failure> {
    let surroundings = world.surroundings(subject.needs).await?;
    let events = surroundings.events(subject, count).await?;
    let settings = surroundings.settings();
    let api = &surroundings.api;
    let process = api.spawn_wrapped(&valgrind.wrapper(tool), &binary.path, &settings)?;
    for event in events {
        let answer = process.invoke(event).await.map_err(|error| subject.failure(error))?;
        surroundings.check(subject, &answer)?;
    }
    // By itself, for Valgrind to report; that the Runtime API is gone is an error to it.
    api.end();
    let ended = process.exit(END_DEADLINE).await;
    ended.ok_or_else(|| format!("{} did not end under Valgrind", subject.name))?;
    Ok(process.output().stderr)
}

/// `None` when nothing was counted.
pub(super) fn table(subjects: &[Measured]) -> Option<Table> {
    let hello = subjects.first()?.counts.as_ref()?;
    let row = |Measured { subject, counts, .. }: &Measured| {
        let Counts { instructions: [once, again], blocks, bytes } = counts.as_ref()?;
        let least = *once.min(again);
        Some(vec![
            subject.name.into(),
            Cell::Count(least),
            Cell::Number(least as f64 / *hello.instructions.iter().min()? as f64, 1),
            Cell::Number(once.abs_diff(*again) as f64 / least as f64 * 100.0, 2),
            Cell::Number(*blocks, 1),
            Cell::Number(*bytes, 0),
        ])
    };
    Some(Table {
        caption: "Counted, as the difference between twice as many invocations and so many; \
                  instructions twice, and how far the two counts differ."
            .to_owned(),
        columns: vec![
            "function",
            "instructions",
            "to hello",
            "differ by %",
            "allocations",
            "allocated bytes",
        ],
        rows: subjects.iter().filter_map(row).collect(),
    })
}
