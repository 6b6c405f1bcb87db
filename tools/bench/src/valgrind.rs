//! Counting instructions and allocations, with Valgrind (<https://valgrind.org>).
//!
//! Valgrind pretends to be a CPU of its own, which knows AVX2 and not the newest instructions, such
//! as those for SHA-256: where a library has code for each of them, what is counted is not quite
//! what runs. Counts are for comparing, and repeat where times don't.

use std::{env, path::PathBuf, process::Command};

use crate::Failure;

/// An installed Valgrind.
#[derive(Debug)]
pub(crate) struct Valgrind {
    program: String,
}

/// What it counts.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Tool {
    Instructions,
    Allocations,
}

/// What a program has asked of its allocator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Allocations {
    pub(crate) blocks: u64,
    /// In all of them, whether they were there at the same time or not.
    pub(crate) bytes: u64,
}

impl Valgrind {
    /// Looks for it where programs are.
    ///
    /// # Errors
    /// It is not there; says how to get it.
    pub(crate) fn find() -> Result<Self, Failure> {
        let path = env::var_os("PATH").unwrap_or_default();
        let mut programs = env::split_paths(&path).map(|directory| directory.join("valgrind"));
        let program = programs.find(|program| program.is_file()).map(PathBuf::into_os_string);
        let program = program.and_then(|program| program.into_string().ok());
        let program = program.ok_or(
            "counting needs Valgrind: `apt-get install valgrind`; or --without-valgrind for all \
             that is not counted",
        )?;
        Ok(Self { program })
    }

    /// What to put in front of a program and its arguments. Its report then stands at the end of
    /// the program's standard error.
    pub(crate) fn wrapper(&self, tool: Tool) -> [&str; 3] {
        // The profile is for looking into a single program; the report has the sums.
        let [tool, profile] = match tool {
            Tool::Instructions => ["--tool=callgrind", "--callgrind-out-file=/dev/null"],
            Tool::Allocations => ["--tool=dhat", "--dhat-out-file=/dev/null"],
        };
        [&self.program, tool, profile]
    }

    /// Runs a program to its end.
    ///
    /// # Errors
    /// It has failed.
    pub(crate) fn run(
        &self,
        tool: Tool,
        program: &str,
        arguments: &[&str],
    ) -> Result<String, Failure> {
        let [valgrind, options @ ..] = self.wrapper(tool);
        let output = Command::new(valgrind).args(options).arg(program).args(arguments).output()?;
        let report = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() { Ok(report) } else { Err(report.into()) }
    }
}

/// The sum in a report on instructions: `==1== Collected : 2495132`.
///
/// # Errors
/// It is not there: the program was killed, or this is another Valgrind.
pub(crate) fn instructions(report: &str) -> Result<u64, Failure> {
    let collected = number_after(report, "Collected : ");
    Ok(collected.ok_or_else(|| format!("no sum in Callgrind's report: {report}"))?)
}

/// The sum in a report on allocations: `==1== Total:     127,746 bytes in 4,124 blocks`.
///
/// # Errors
/// It is not there.
pub(crate) fn allocations(report: &str) -> Result<Allocations, Failure> {
    let total = || {
        let bytes = number_after(report, "Total: ")?;
        let line = report.lines().find(|line| line.contains("Total: "))?;
        Some(Allocations { blocks: number_after(line, " bytes in ")?, bytes })
    };
    Ok(total().ok_or_else(|| format!("no sum in DHAT's report: {report}"))?)
}

/// The number that follows; it may be grouped with commas.
fn number_after(text: &str, before: &str) -> Option<u64> {
    let (_, rest) = text.split_once(before)?;
    let number = rest.trim_start().split(|c: char| !c.is_ascii_digit() && c != ',').next()?;
    number.replace(',', "").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Valgrind 3.19 has written, after what the program has.
    const CALLGRIND: &str = "\
client error (SendRequest)
==27128== Callgrind, a call-graph generating cache profiler
==27128== Copyright (C) 2002-2017, and GNU GPL'd, by Josef Weidendorfer et al.
==27128== Using Valgrind-3.19.0 and LibVEX; rerun with -h for copyright info
==27128== Command: target/release/service
==27128== 
==27128== For interactive control, run 'callgrind_control -h'.
==27128== 
==27128== Events    : Ir
==27128== Collected : 2495132
==27128== 
==27128== I   refs:      2,495,132
";
    const DHAT: &str = "\
==26359== DHAT, a dynamic heap analysis tool
==26359== Copyright (C) 2010-2018, and GNU GPL'd, by Mozilla Foundation
==26359== Using Valgrind-3.19.0 and LibVEX; rerun with -h for copyright info
==26359== Command: target/release/token-kinds repeat loop verify 1000
==26359== 
==26359== 
==26359== Total:     127,746 bytes in 4,124 blocks
==26359== At t-gmax: 18,779 bytes in 82 blocks
==26359== At t-end:  544 bytes in 1 blocks
==26359== Reads:     381,957 bytes
==26359== Writes:    179,497 bytes
==26359== 
==26359== To view the resulting profile, open
==26359==   file:///usr/libexec/valgrind/dh_view.html
";

    #[test]
    fn sums_are_found_in_reports() {
        assert_eq!(instructions(CALLGRIND).unwrap(), 2_495_132);
        let expected = Allocations { blocks: 4_124, bytes: 127_746 };
        assert_eq!(allocations(DHAT).unwrap(), expected);
    }

    #[test]
    fn a_report_without_a_sum_is_shown() {
        let error = instructions("==1== Killed").unwrap_err().to_string();
        assert!(error.contains("==1== Killed"), "{error}");
        assert!(allocations(CALLGRIND).is_err());
    }
}
