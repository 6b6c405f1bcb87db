//! What is asked of the service, and whether it has done that.

use std::{collections::BTreeSet, time::Duration};

use http_load::Latencies;
use loop_lambda::routes::ROUTES;

use crate::{
    check::{Check, Verdict},
    junk::{Aspect, flood::Flooded},
};

/// How much of the asked rate has to be reached.
const RATE_SHARE: f64 = 0.95;
/// How much longer others may wait.
const LATENCY_FACTOR: u32 = 5;
/// From the second on which memory has to be steady.
const WARM_SECONDS: usize = 2;
/// In KiB.
const GROWTH_ALLOWED: u64 = 4 * 1024;

/// All that was measured.
#[derive(Debug)]
pub(crate) struct Measured {
    /// Asked for, per second.
    pub(crate) rate: u32,
    pub(crate) seconds: u32,
    pub(crate) flooded: Flooded,
    /// Of everybody else, before the flood and during it.
    pub(crate) quiet: Latencies,
    pub(crate) loaded: Latencies,
    /// In KiB, after each second.
    pub(crate) memory: Vec<u64>,
    /// What DynamoDB was asked during the flood.
    pub(crate) operations: Vec<String>,
    pub(crate) log_lines: u64,
}

impl Measured {
    /// A check for each aspect.
    pub(crate) fn checks(&self, skipped: &[Aspect]) -> Vec<Check> {
        let checks = [
            (Aspect::Rate, self.rate()),
            (Aspect::Answers, self.answers()),
            (Aspect::Database, self.database()),
            (Aspect::Memory, self.memory()),
            (Aspect::Latency, self.latency()),
            (Aspect::Log, self.log()),
        ];
        checks
            .map(|(aspect, check)| match skipped.contains(&aspect) {
                true => Check { verdict: Verdict::Skipped, ..check },
                false => check,
            })
            .into()
    }

    fn rate(&self) -> Check {
        let answered = self.flooded.latencies.count() as f64 / f64::from(self.seconds);
        let holds = answered >= f64::from(self.rate) * RATE_SHARE;
        let found =
            format!("{answered:.0} of {} a second answered; {}", self.rate, self.flooded.latencies);
        Check::new("rate", holds, found)
    }

    fn answers(&self) -> Check {
        let answers = &self.flooded.answers;
        Check::new("answers", answers.are_one(), answers.summary())
    }

    fn database(&self) -> Check {
        let asked = self.operations.len();
        Check::new("database", asked == 0, format!("{asked} requests to DynamoDB"))
    }

    fn memory(&self) -> Check {
        let warm = self.memory.iter().skip(WARM_SECONDS - 1).copied();
        let most = warm.clone().max().unwrap_or_default();
        let begin = warm.clone().next().unwrap_or_default();
        let holds = most <= begin + GROWTH_ALLOWED.max(begin / 10);
        let megabytes = |kibibytes: u64| kibibytes as f64 * 1024.0 / 1e6;
        let each = self.memory.iter().map(|it| format!("{:.1}", megabytes(*it)));
        let each = each.collect::<Vec<_>>().join(" ");
        Check::new("memory", holds, format!("MB resident after each second: {each}"))
    }

    fn latency(&self) -> Check {
        let (quiet, loaded) = (&self.quiet, &self.loaded);
        let within =
            |percent| loaded.percentile(percent) <= quiet.percentile(percent) * LATENCY_FACTOR;
        let factor = |percent| ratio(loaded.percentile(percent), quiet.percentile(percent));
        let found = format!(
            "of {} real requests: {loaded}; of {} before: {quiet}; p50 x {:.1}, p99 x {:.1}",
            loaded.count(),
            quiet.count(),
            factor(50),
            factor(99)
        );
        Check::new("latency", within(50) && within(99) && loaded.count() > 0, found)
    }

    fn log(&self) -> Check {
        let functions: BTreeSet<_> = ROUTES.iter().map(|route| route.function).collect();
        let (functions, real) = (functions.len(), self.loaded.count());
        let holds = self.log_lines <= (functions + real) as u64;
        let found = format!(
            "{} lines; {real} real requests and {functions} functions may leave one each",
            self.log_lines
        );
        Check::new("log", holds, found)
    }
}

fn ratio(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::junk::answers::Answers;

    fn measured() -> Measured {
        let latencies =
            |milliseconds| Latencies::new(vec![Duration::from_millis(milliseconds); 95]);
        Measured {
            rate: 100,
            seconds: 1,
            flooded: Flooded { latencies: latencies(1), answers: Answers::default() },
            quiet: latencies(1),
            loaded: latencies(5),
            memory: vec![10_000, 50_000, 50_000],
            operations: vec![],
            log_lines: 95,
        }
    }

    fn failing(measured: &Measured) -> Vec<&'static str> {
        let skipped = [Aspect::Answers];
        let checks = measured.checks(&skipped).into_iter();
        checks.filter(|check| check.verdict == Verdict::Fails).map(|check| check.name).collect()
    }

    #[test]
    fn each_aspect_fails_by_itself() {
        assert!(failing(&measured()).is_empty());
        assert_eq!(failing(&Measured { rate: 101, ..measured() }), ["rate"]);
        assert_eq!(failing(&Measured { log_lines: 1000, ..measured() }), ["log"]);
        let operations = vec!["Query".to_owned()];
        assert_eq!(failing(&Measured { operations, ..measured() }), ["database"]);
        let loaded = Latencies::new(vec![Duration::from_millis(6); 95]);
        assert_eq!(failing(&Measured { loaded, ..measured() }), ["latency"]);
        let answers = measured().checks(&[]).into_iter().find(|check| check.name == "answers");
        assert_eq!(answers.map(|check| check.verdict), Some(Verdict::Fails));
    }

    #[test]
    fn memory_may_grow_by_a_tenth_or_four_mebibytes_after_two_seconds() {
        let with = |memory: &[u64]| failing(&Measured { memory: memory.into(), ..measured() });
        assert!(with(&[1000, 10_000, 14_096]).is_empty());
        assert_eq!(with(&[1000, 10_000, 14_097]), ["memory"]);
        assert!(with(&[1000, 100_000, 110_000]).is_empty());
        assert_eq!(with(&[1000, 100_000, 110_001, 100_000]), ["memory"]);
    }
}
