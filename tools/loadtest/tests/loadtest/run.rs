//! Runs of the binary, and their reports.

use std::{fs, process::Output};

use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;

/// A run that has ended.
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    /// The whole output.
    pub(crate) told: String,
    directory: TempDir,
}

/// Runs the binary with these arguments, which are separated by spaces.
pub(crate) async fn loadtest(arguments: &str) -> Run {
    let directory = tempfile::tempdir().unwrap();
    let output = command(arguments, &directory).output().await.unwrap();
    Run::new(&output, directory)
}

/// Builds the command, whose process is killed when it is dropped.
pub(crate) fn command(arguments: &str, directory: &TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_loadtest"));
    command.args(arguments.split_whitespace()).arg("--output").arg(directory.path());
    command.kill_on_drop(true);
    command
}

impl Run {
    pub(crate) fn new(output: &Output, directory: TempDir) -> Self {
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        let told = text(&output.stdout) + &text(&output.stderr);
        Self { code: output.status.code(), told, directory }
    }

    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}", self.told);
        self
    }

    #[track_caller]
    pub(crate) fn expect_told(&self, text: &str) {
        assert!(self.told.contains(text), "{text:?} is not in {}", self.told);
    }

    #[track_caller]
    pub(crate) fn expect_reported(&self, text: &str) {
        let report = fs::read_to_string(self.directory.path().join("report.html")).unwrap();
        assert!(report.contains(text), "{text:?} is not in {report}");
        assert!(!report.contains("http://www."), "the report loads nothing");
    }

    /// Returns the path of `result.json`.
    pub(crate) fn result_path(&self) -> String {
        self.directory.path().join("result.json").to_str().unwrap().to_owned()
    }

    pub(crate) fn result(&self) -> Value {
        serde_json::from_slice(&fs::read(self.result_path()).unwrap()).unwrap()
    }

    /// Returns the scenarios of the result.
    fn tallies(&self) -> Vec<Value> {
        self.result()["scenarios"].as_object().unwrap().values().cloned().collect()
    }

    /// Returns the sum of a number over all scenarios.
    pub(crate) fn total(&self, name: &str) -> u64 {
        self.tallies().iter().map(|tally| tally[name].as_u64().unwrap()).sum()
    }

    /// Returns the count of an error in a scenario.
    pub(crate) fn errors(&self, scenario: &str, error: &str) -> Option<u64> {
        self.result()["scenarios"][scenario]["errors"][error].as_u64()
    }

    /// Returns the number of latencies of at least so many milliseconds.
    pub(crate) fn at_least(&self, milliseconds: u64) -> u64 {
        let tallies = self.tallies();
        let buckets = tallies.iter().flat_map(|tally| tally["latency"].as_array().unwrap());
        let buckets = buckets.map(|bucket| [0, 1].map(|index| bucket[index].as_u64().unwrap()));
        buckets.filter(|[micros, _]| *micros >= milliseconds * 1000).map(|[_, count]| count).sum()
    }
}
