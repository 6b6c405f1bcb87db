//! Checks that have to hold.

use load::BoxError;

/// The number of faults that are shown; the others are counted.
const SHOWN: usize = 5;

/// A check, and its findings.
#[derive(Debug)]
pub(crate) struct Check {
    pub(crate) name: &'static str,
    pub(crate) holds: bool,
    pub(crate) found: String,
}

impl Check {
    /// Builds a check that holds if there are no faults.
    pub(crate) fn of_faults(name: &'static str, found: String, faults: &[String]) -> Self {
        let shown: String =
            faults.iter().take(SHOWN).map(|fault| format!("\n    {fault}")).collect();
        let found = match faults.len() {
            0 => found,
            count => format!("{count} faults; {found}:{shown}"),
        };
        Self { name, holds: faults.is_empty(), found }
    }
}

/// Prints all checks.
///
/// # Errors
/// A check does not hold, and is not among the `skipped` ones.
pub(crate) fn conclude(checks: &[Check], skipped: &[String]) -> Result<(), BoxError> {
    let mut failed = Vec::new();
    for &Check { name, holds, ref found } in checks {
        let verdict = match holds {
            _ if skipped.iter().any(|skipped| skipped == name) => "skipped",
            true => "ok",
            false => {
                failed.push(name);
                "FAILS"
            }
        };
        println!("{verdict:<8}{name:<14}{found}");
    }
    if failed.is_empty() { Ok(()) } else { Err(format!("{} failed", failed.join(", ")).into()) }
}
