//! The binary, and what it leaves behind.

use std::{fs, process::Output};

use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;

/// What a run has come to.
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    /// All that it printed.
    pub(crate) told: String,
    directory: TempDir,
}

/// Runs it with these arguments, which are separated by spaces.
pub(crate) async fn loadtest(arguments: &str) -> Run {
    let directory = tempfile::tempdir().unwrap();
    let output = command(arguments, &directory).output().await.unwrap();
    Run::new(&output, directory)
}

/// The same, yet to be started. It is killed when it is dropped.
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

    pub(crate) fn report(&self) -> String {
        fs::read_to_string(self.directory.path().join("report.html")).unwrap()
    }

    /// Where `result.json` is.
    pub(crate) fn result_path(&self) -> String {
        self.directory.path().join("result.json").to_str().unwrap().to_owned()
    }

    pub(crate) fn result(&self) -> Value {
        serde_json::from_slice(&fs::read(self.result_path()).unwrap()).unwrap()
    }

    /// A number of each scenario, added up.
    pub(crate) fn total(&self, name: &str) -> u64 {
        let result = self.result();
        let tallies = result["scenarios"].as_object().unwrap().values();
        tallies.map(|tally| tally[name].as_u64().unwrap()).sum()
    }

    /// How many latencies, from when requests were due, are at least so long.
    pub(crate) fn at_least(&self, milliseconds: u64) -> u64 {
        let result = self.result();
        let tallies = result["scenarios"].as_object().unwrap().values();
        let buckets = tallies.flat_map(|tally| tally["latency"].as_array().unwrap());
        let buckets = buckets.map(|bucket| [0, 1].map(|index| bucket[index].as_u64().unwrap()));
        buckets.filter(|[micros, _]| *micros >= milliseconds * 1000).map(|[_, count]| count).sum()
    }
}
