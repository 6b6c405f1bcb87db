//! Instructions and allocations, counted by Valgrind (<https://valgrind.org>).
//!
//! Valgrind emulates a CPU that has AVX2 and not the newest instructions, such as those for
//! SHA-256. Where a library has code for both, the counted code differs from the code that runs on
//! Lambda. Counts are for comparing: they repeat where times don't.

use std::{env, process::Command};

use load::BoxError;
/// An installed Valgrind.
#[derive(Debug)]
pub(crate) struct Valgrind {
    program: String,
}

/// The quantity that is counted.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Tool {
    Instructions,
    Allocations,
}

impl Valgrind {
    /// Finds Valgrind in the directories of `PATH`.
    ///
    /// # Errors
    /// Valgrind is not installed.
    pub(crate) fn find() -> Result<Self, BoxError> {
        let path = env::var_os("PATH").unwrap_or_default();
        let mut programs = env::split_paths(&path).map(|directory| directory.join("valgrind"));
        let program = programs.find(|program| program.is_file());
        let program = program.and_then(|program| program.into_os_string().into_string().ok());
        let program = program.ok_or(
            "counting needs Valgrind: `apt-get install valgrind`; or --without-valgrind for all \
             that is not counted",
        )?;
        Ok(Self { program })
    }

    /// Returns the words to put in front of a program and its arguments. Valgrind then adds its
    /// report to the end of the program's standard error.
    pub(crate) fn wrapper(&self, tool: Tool) -> [&str; 3] {
        // Only the sums count, which the report has. The profile is thrown away.
        let [tool, profile] = match tool {
            Tool::Instructions => ["--tool=callgrind", "--callgrind-out-file=/dev/null"],
            Tool::Allocations => ["--tool=dhat", "--dhat-out-file=/dev/null"],
        };
        [&self.program, tool, profile]
    }

    /// Runs a program to its end, and returns the report.
    ///
    /// # Errors
    /// The program has failed.
    pub(crate) fn run(
        &self,
        tool: Tool,
        program: &str,
        arguments: &[&str],
    ) -> Result<String, BoxError> {
        let [valgrind, options @ ..] = self.wrapper(tool);
        let output = Command::new(valgrind).args(options).arg(program).args(arguments).output()?;
        let report = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() { Ok(report) } else { Err(report.into()) }
    }
}

/// Reads the sum in a report on instructions: `==1== Collected : 2495132`.
///
/// # Errors
/// There is no sum: the program was killed, or this is another version of Valgrind.
pub(crate) fn instructions(report: &str) -> Result<u64, BoxError> {
    let collected = number_after(report, "Collected : ");
    Ok(collected.ok_or_else(|| format!("no sum in Callgrind's report: {report}"))?)
}

/// Reads the number of blocks in a report on allocations:
/// `==1== Total:     127,746 bytes in 4,124 blocks`.
///
/// # Errors
/// There is no such number.
pub(crate) fn allocations(report: &str) -> Result<u64, BoxError> {
    let total = report.lines().find(|line| line.contains("Total: "));
    let blocks = total.and_then(|line| number_after(line, " bytes in "));
    Ok(blocks.ok_or_else(|| format!("no sum in DHAT's report: {report}"))?)
}

/// Reads the number after `before`, which may be grouped with commas.
fn number_after(text: &str, before: &str) -> Option<u64> {
    let (_, rest) = text.split_once(before)?;
    let number = rest.trim_start().split(|c: char| !c.is_ascii_digit() && c != ',').next()?;
    number.replace(',', "").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The end of a program's standard error under Valgrind 3.19.
    const CALLGRIND: &str = "\
client error (SendRequest)
==27128== Using Valgrind-3.19.0 and LibVEX; rerun with -h for copyright info
==27128== Command: target/release/service
==27128== 
==27128== Events    : Ir
==27128== Collected : 2495132
==27128== 
==27128== I   refs:      2,495,132
";
    const DHAT: &str = "\
==26359== Using Valgrind-3.19.0 and LibVEX; rerun with -h for copyright info
==26359== Command: target/release/bench-call-token verify 1000
==26359== 
==26359== Total:     127,746 bytes in 4,124 blocks
==26359== At t-gmax: 18,779 bytes in 82 blocks
==26359== At t-end:  544 bytes in 1 blocks
==26359== Reads:     381,957 bytes
";

    #[test]
    fn sums_are_found_in_reports() {
        assert_eq!(instructions(CALLGRIND).unwrap(), 2_495_132);
        assert_eq!(allocations(DHAT).unwrap(), 4_124);
    }

    #[test]
    fn a_report_without_a_sum_is_shown() {
        let error = instructions("==1== Killed").unwrap_err().to_string();
        assert!(error.contains("==1== Killed"), "{error}");
        assert!(allocations(CALLGRIND).is_err());
    }
}
