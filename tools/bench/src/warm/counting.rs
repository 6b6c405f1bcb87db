//! Instructions and allocations of one warm invocation.

use load::BoxError;
use std::time::Duration;

use crate::{
    release::Binary,
    subject::Subject,
    valgrind::{self, Tool, Valgrind},
    world::World,
};

/// Invocations in the shorter run: what happens only once has happened by then.
const BEFORE: u32 = 10;
/// Further invocations in the longer run. The difference is theirs.
const INVOCATIONS: u32 = 20;
/// The number of attempts. A program is some 50 times slower under Valgrind. So on a busy machine a
/// TLS handshake may come too late, and is made once more, which is a million instructions; or a
/// request does, and the response is wrong. Such a run is repeated.
const TRIES: u32 = 5;
/// The time after which a function under Valgrind has to have ended, and written its report.
const END_DEADLINE: Duration = Duration::from_secs(10);

/// The counts of one invocation.
pub(super) struct Counts {
    pub(super) instructions: Instructions,
    pub(super) blocks: f64,
    pub(super) bytes: f64,
}

/// The instructions of one invocation.
pub(crate) struct Instructions {
    pub(crate) count: u64,
    /// The difference between two counts, in percent.
    pub(super) difference: f64,
}

/// Valgrind's reports on two short runs, and on two long ones.
struct Reports {
    short: [String; 2],
    long: [String; 2],
}

/// The function that is counted, and what it takes to count.
#[derive(Clone, Copy)]
pub(crate) struct Counter<'a> {
    pub(crate) valgrind: &'a Valgrind,
    pub(crate) world: &'a World,
    pub(crate) subject: &'a Subject,
    pub(crate) binary: &'a Binary,
}

impl Counter<'_> {
    /// Counts instructions and allocations.
    ///
    /// # Errors
    /// The function can't be started, or its response is wrong.
    pub(super) async fn counts(self) -> Result<Counts, BoxError> {
        let instructions = self.instructions().await?;
        let reports = self.reports(Tool::Allocations).await?;
        let blocks = reports.more(|report| Ok(valgrind::allocations(report)?.blocks))?;
        let bytes = reports.more(|report| Ok(valgrind::allocations(report)?.bytes))?;
        let of_one = |count: u64| count as f64 / f64::from(INVOCATIONS);
        Ok(Counts { instructions, blocks: of_one(blocks), bytes: of_one(bytes) })
    }

    /// Counts the instructions of one warm invocation. They don't repeat exactly: hash maps have
    /// random seeds, what comes over the network comes in other pieces, and TLS and signatures are
    /// over other bytes. About half a percent is usual.
    ///
    /// # Errors
    /// The function can't be started, or its response is wrong.
    pub(crate) async fn instructions(self) -> Result<Instructions, BoxError> {
        let reports = self.reports(Tool::Instructions).await?;
        let more = reports.more(valgrind::instructions)?;
        let difference = reports.difference(valgrind::instructions)? as f64;
        let difference = difference / more as f64 * 100.0;
        Ok(Instructions { count: more / u64::from(INVOCATIONS), difference })
    }

    async fn reports(self, tool: Tool) -> Result<Reports, BoxError> {
        let run = async |count| self.run(tool, count).await;
        Ok(Reports {
            short: [run(BEFORE).await?, run(BEFORE).await?],
            long: [run(BEFORE + INVOCATIONS).await?, run(BEFORE + INVOCATIONS).await?],
        })
    }

    /// Invokes the function so often under Valgrind, and returns Valgrind's report.
    async fn run(self, tool: Tool, count: u32) -> Result<String, BoxError> {
        for _ in 1..TRIES {
            if let Ok((report, ..=1)) = self.run_once(tool, count).await {
                return Ok(report);
            }
        }
        self.run_once(tool, count).await.map(|(report, _)| report)
    }

    /// Returns the report, and how many connections to DynamoDB there were.
    async fn run_once(self, tool: Tool, count: u32) -> Result<(String, usize), BoxError> {
        let Self { valgrind, world, subject, binary } = self;
        let name = &subject.name;
        let stack = world.stack(subject.needs).await?;
        let events = stack.events(subject, count).await?;
        let (wrapper, settings) = (valgrind.wrapper(tool), stack.settings());
        let function = stack.api.spawn_wrapped(&wrapper, &binary.path, &settings)?;
        for event in events {
            let response = function.invoke(event).await;
            stack.check(subject, &response.map_err(|error| format!("{name}: {error}"))?)?;
        }
        // Without the Runtime API the function ends by itself, with an error, and Valgrind reports.
        stack.api.end();
        let ended = function.exit(END_DEADLINE).await;
        ended.ok_or_else(|| format!("{name} did not end under Valgrind"))?;
        Ok((function.output().stderr, stack.take_connections().to_table))
    }
}

impl Reports {
    /// Returns how much more `count` finds in a long run than in a short one. Chance events, such
    /// as a timeout, can only add, so the least of the two counts.
    fn more(&self, count: impl Fn(&str) -> Result<u64, BoxError>) -> Result<u64, BoxError> {
        let least = |[one, other]: &[String; 2]| -> Result<u64, BoxError> {
            Ok(count(one)?.min(count(other)?))
        };
        Ok(least(&self.long)?.saturating_sub(least(&self.short)?))
    }

    /// Returns the difference between the results of the first two and of the other two.
    fn difference(&self, count: impl Fn(&str) -> Result<u64, BoxError>) -> Result<u64, BoxError> {
        let [first, second] = [0, 1].map(|index| -> Result<u64, BoxError> {
            Ok(count(&self.long[index])?.saturating_sub(count(&self.short[index])?))
        });
        Ok(first?.abs_diff(second?))
    }
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
