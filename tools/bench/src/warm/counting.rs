//! Instructions of one warm invocation.

use std::time::Duration;

use crate::{
    release::Binary,
    subject::Subject,
    valgrind::{self, Tool, Valgrind},
    world::World,
};
use load::BoxError;

/// The invocations of the shorter run, in which everything is done that is done only once.
const BEFORE: u32 = 10;
/// The further invocations of the longer run, which make the difference between both.
const INVOCATIONS: u32 = 20;
/// The number of attempts. A program is some 50 times slower under Valgrind. On a busy machine, a
/// TLS handshake may time out and be repeated, which is a million instructions, or a request may
/// time out, and the response is wrong. Such a run is repeated.
const TRIES: u32 = 5;
/// The longest time that a function under Valgrind takes to end and to write its report.
const END_DEADLINE: Duration = Duration::from_secs(10);

/// A function whose instructions are counted, and its surroundings.
#[derive(Clone, Copy)]
pub(crate) struct Counter<'a> {
    pub(crate) valgrind: &'a Valgrind,
    pub(crate) world: &'a World,
    pub(crate) subject: &'a Subject,
    pub(crate) binary: &'a Binary,
}

impl Counter<'_> {
    /// Counts the instructions of one warm invocation. They vary by about half a percent: hash maps
    /// have random seeds, the network splits data in different places, and TLS and signatures
    /// process different bytes.
    ///
    /// # Errors
    /// The function can't be started, or its response is wrong.
    pub(crate) async fn instructions(self) -> Result<f64, BoxError> {
        let mut counts = [0; 4];
        let lengths = [BEFORE, BEFORE, BEFORE + INVOCATIONS, BEFORE + INVOCATIONS];
        for (count, length) in counts.iter_mut().zip(lengths) {
            *count = valgrind::instructions(&self.run(length).await?)?;
        }
        Ok(of_one(counts))
    }

    /// Invokes the function `count` times under Valgrind, and returns Valgrind's report.
    async fn run(self, count: u32) -> Result<String, BoxError> {
        for _ in 1..TRIES {
            if let Ok((report, ..=1)) = self.run_once(count).await {
                return Ok(report);
            }
        }
        self.run_once(count).await.map(|(report, _)| report)
    }

    /// Returns the report, and the number of connections to DynamoDB.
    async fn run_once(self, count: u32) -> Result<(String, usize), BoxError> {
        let Self { valgrind, world, subject, binary } = self;
        let stack = world.stack(false).await?;
        let events = stack.events(subject, count).await?;
        let (wrapper, settings) = (valgrind.wrapper(Tool::Instructions), stack.settings());
        let function = stack.api.spawn_wrapped(&wrapper, &binary.path, &settings)?;
        for event in events {
            stack.check(subject, function.invoke(event).await)?;
        }
        // Without the Runtime API the function ends by itself, and Valgrind writes its report.
        stack.api.end();
        let ended = function.exit(END_DEADLINE).await;
        ended.ok_or_else(|| format!("{} did not end under Valgrind", subject.name))?;
        Ok((function.output().stderr, stack.take_connections().to_table))
    }
}

/// Returns the instructions of each invocation that the long runs have and the short ones have not.
/// Rare events, such as a timeout, can only add, so the smaller one of two counts is used.
fn of_one([short, other_short, long, other_long]: [u64; 4]) -> f64 {
    let more = long.min(other_long).saturating_sub(short.min(other_short));
    more as f64 / f64::from(INVOCATIONS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happens_in_one_of_two_runs_does_not_count() {
        for counts in [[10, 10, 30, 31], [10, 19, 30, 30], [10, 12, 39, 30], [19, 10, 30, 39]] {
            assert_eq!(of_one(counts), 1.0, "{counts:?}");
        }
    }
}
