//! What was asked of the service, and whether it holds.

use std::fmt;

use crate::Failure;

/// One thing that has to hold.
#[derive(Debug)]
pub(crate) struct Check {
    pub(crate) name: &'static str,
    pub(crate) found: String,
    pub(crate) verdict: Verdict,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Holds,
    Fails,
    /// It was asked not to judge this.
    Skipped,
}

impl Check {
    pub(crate) fn new(name: &'static str, holds: bool, found: impl Into<String>) -> Self {
        let verdict = if holds { Verdict::Holds } else { Verdict::Fails };
        Self { name, found: found.into(), verdict }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = match self.verdict {
            Verdict::Holds => "ok",
            Verdict::Fails => "FAILS",
            Verdict::Skipped => "skipped",
        };
        write!(formatter, "{verdict:<8}{:<14}{}", self.name, self.found)
    }
}

/// Prints them.
///
/// # Errors
/// One does not hold.
pub(crate) fn conclude(checks: &[Check]) -> Result<(), Failure> {
    for check in checks {
        println!("{check}");
    }
    let failed = checks.iter().filter(|check| check.verdict == Verdict::Fails);
    let failed: Vec<_> = failed.map(|check| check.name).collect();
    if failed.is_empty() { Ok(()) } else { Err(format!("{} failed", failed.join(", ")).into()) }
}
