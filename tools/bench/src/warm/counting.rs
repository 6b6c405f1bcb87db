//! What one warm invocation takes, counted.

use std::time::Duration;

use super::Measured;
use crate::{
    Failure,
    release::Binary,
    report::{Cell, Table},
    subject::Subject,
    valgrind::{self, Tool, Valgrind},
    world::{Connections, World},
};

/// Invocations in the shorter run: what happens only once is done by then.
const BEFORE: u32 = 10;
/// How many more there are in the longer run. The difference is theirs.
const INVOCATIONS: u32 = 20;
/// A program is some 50 times slower under Valgrind. So on a busy machine a TLS handshake may come
/// too late, and is made once more, which is a million instructions; or a request does, and the
/// answer is wrong. Such a run is repeated, but not for ever.
const TRIES: u32 = 5;
/// Of the end of a function under Valgrind, which writes its report then.
const END_DEADLINE: Duration = Duration::from_secs(10);

/// Of one invocation.
pub(super) struct Counts {
    instructions: Instructions,
    blocks: f64,
    bytes: f64,
}

/// Of one invocation.
pub(crate) struct Instructions {
    pub(crate) count: u64,
    /// How far two counts have differed, in percent.
    pub(crate) difference: f64,
}

/// Valgrind's reports on two short runs, and on two long ones.
struct Reports {
    short: [String; 2],
    long: [String; 2],
}

/// What is counted, and with what.
#[derive(Clone, Copy)]
pub(crate) struct Counter<'a> {
    pub(crate) valgrind: &'a Valgrind,
    pub(crate) world: &'a World,
    pub(crate) subject: &'a Subject,
    pub(crate) binary: &'a Binary,
}

impl Counter<'_> {
    /// Instructions and allocations.
    ///
    /// # Errors
    /// The function can't be started, or gives a wrong answer.
    pub(super) async fn counts(self) -> Result<Counts, Failure> {
        let instructions = self.instructions().await?;
        let reports = self.reports(Tool::Allocations).await?;
        let blocks = reports.more(|report| Ok(valgrind::allocations(report)?.blocks))?;
        let bytes = reports.more(|report| Ok(valgrind::allocations(report)?.bytes))?;
        Ok(Counts {
            instructions,
            blocks: blocks as f64 / f64::from(INVOCATIONS),
            bytes: bytes as f64 / f64::from(INVOCATIONS),
        })
    }

    /// The instructions of one warm invocation. They don't repeat exactly: hash maps have random
    /// seeds, what comes over the network comes in other pieces, and TLS and signatures are over
    /// other bytes. About half a percent is usual.
    ///
    /// # Errors
    /// The function can't be started, or gives a wrong answer.
    pub(crate) async fn instructions(self) -> Result<Instructions, Failure> {
        let reports = self.reports(Tool::Instructions).await?;
        let more = reports.more(valgrind::instructions)?;
        let difference = reports.difference(valgrind::instructions)? as f64;
        Ok(Instructions {
            count: more / u64::from(INVOCATIONS),
            difference: difference / more as f64 * 100.0,
        })
    }

    async fn reports(self, tool: Tool) -> Result<Reports, Failure> {
        let run = async |count| self.run(tool, count).await;
        Ok(Reports {
            short: [run(BEFORE).await?, run(BEFORE).await?],
            long: [run(BEFORE + INVOCATIONS).await?, run(BEFORE + INVOCATIONS).await?],
        })
    }

    /// Invokes the function so often under Valgrind, and gives Valgrind's report.
    async fn run(self, tool: Tool, count: u32) -> Result<String, Failure> {
        for _ in 1..TRIES {
            match self.run_once(tool, count).await {
                Ok((report, connections)) if connections.to_table <= 1 => return Ok(report),
                Ok(_) | Err(_) => {}
            }
        }
        self.run_once(tool, count).await.map(|(report, _)| report)
    }

    async fn run_once(self, tool: Tool, count: u32) -> Result<(String, Connections), Failure> {
        let Self { valgrind, world, subject, binary } = self;
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
        Ok((process.output().stderr, surroundings.connections()))
    }
}

impl Reports {
    /// How much more `count` finds in a long run than in a short one. What time brings about, such as
    /// a timeout, can only add, so the least of the two counts.
    fn more(&self, count: impl Fn(&str) -> Result<u64, Failure>) -> Result<u64, Failure> {
        let least = |[one, other]: &[String; 2]| -> Result<u64, Failure> {
            Ok(count(one)?.min(count(other)?))
        };
        Ok(least(&self.long)?.saturating_sub(least(&self.short)?))
    }

    /// How far it is from what the first two say to what the others do.
    fn difference(&self, count: impl Fn(&str) -> Result<u64, Failure>) -> Result<u64, Failure> {
        let [first, second] = [0, 1].map(|index| -> Result<u64, Failure> {
            Ok(count(&self.long[index])?.saturating_sub(count(&self.short[index])?))
        });
        Ok(first?.abs_diff(second?))
    }
}

/// `None` when nothing was counted.
pub(super) fn table(subjects: &[Measured]) -> Option<Table> {
    let hello = subjects.first()?.counts.as_ref()?;
    let row = |Measured { subject, counts, .. }: &Measured| {
        let Counts { instructions, blocks, bytes } = counts.as_ref()?;
        let Instructions { count, difference } = instructions;
        Some(vec![
            subject.name.into(),
            Cell::Count(*count),
            Cell::Number(*count as f64 / hello.instructions.count as f64, 1),
            Cell::Number(*difference, 2),
            Cell::Number(*blocks, 1),
            Cell::Number(*bytes, 0),
        ])
    };
    Some(Table {
        caption: "Counted, as the difference between a long run and a short one; two of each: the \
                  least count, and how far the two differ."
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

#[cfg(test)]
mod tests {
    use super::*;

    fn reports(short: [u64; 2], long: [u64; 2]) -> Reports {
        let report = |count| format!("==1== Collected : {count}\n");
        Reports { short: short.map(report), long: long.map(report) }
    }

    #[test]
    fn what_happens_in_one_of_two_runs_does_not_count() {
        for (short, long) in
            [([10, 10], [30, 31]), ([10, 19], [30, 30]), ([10, 12], [39, 30]), ([19, 10], [30, 39])]
        {
            let reports = reports(short, long);
            assert_eq!(reports.more(valgrind::instructions).unwrap(), 20, "{short:?} {long:?}");
        }
        assert_eq!(reports([10, 12], [39, 30]).difference(valgrind::instructions).unwrap(), 11);
    }
}
