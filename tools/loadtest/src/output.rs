//! Where results go: a few lines, a report to look at, and a file for `merge` and other programs.

use std::{fs, path::PathBuf, time::Duration};

use clap::Args;
use serde::Serialize;

use crate::{
    Failure, report,
    results::Results,
    text::{milliseconds, percent},
    thresholds::Check,
};

/// From here on the load generator is part of what it measures.
const LATE: Duration = Duration::from_millis(10);

#[derive(Args, Debug)]
pub(crate) struct Output {
    /// Where `report.html` and `result.json` are written.
    #[arg(long, value_name = "DIRECTORY", default_value = "target/loadtest")]
    output: PathBuf,
}

/// `result.json`.
#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    results: &'a Results,
    checks: &'a [Check],
    warnings: Vec<String>,
}

impl Output {
    /// Writes the report, and says whether all checks hold.
    ///
    /// # Errors
    /// The files can't be written.
    pub(crate) fn write(&self, results: &Results, checks: &[Check]) -> Result<bool, Failure> {
        let warnings = warnings(results);
        print!("{}", summary(results, checks));
        for warning in &warnings {
            eprintln!("{warning}");
        }
        fs::create_dir_all(&self.output)?;
        let report = self.output.join("report.html");
        fs::write(&report, report::html(results, checks, &warnings)?)?;
        let document = Document { results, checks, warnings };
        fs::write(self.output.join("result.json"), serde_json::to_vec(&document)?)?;
        println!("{}", report.display());
        Ok(checks.iter().all(|check| check.holds))
    }
}

/// What makes the numbers worth less than they look.
fn warnings(results: &Results) -> Vec<String> {
    let mut warnings = Vec::new();
    if let Some(late) = results.lateness.quantile(0.99).filter(|late| *late > LATE) {
        let late = milliseconds(Some(late));
        warnings.push(format!(
            "1 of 100 requests was sent more than {late} after it was due: this machine is too busy \
             or too slow for the rate, and latencies are longer for it"
        ));
    }
    if results.run.interrupted {
        warnings.push("it was ended early".to_owned());
    }
    let machines = &results.run.machines;
    let count = machines.first().map_or(1, |machine| machine.count);
    if machines.len() as u64 != count {
        warnings.push(format!("these are {} of {count} machines", machines.len()));
    }
    if !results.run.has_pings {
        warnings.push("no push receiver could be reached: no ping was sent or measured".to_owned());
    }
    warnings
}

fn summary(results: &Results, checks: &[Check]) -> String {
    let head = ["", "due", "errors", "p50", "p90", "p99", "p99.9", "longest"];
    let mut lines = vec![head.map(str::to_owned)];
    let total = results.total();
    let tallies = results.scenarios.iter().map(|(scenario, tally)| (scenario.name(), tally));
    for (name, tally) in tallies.chain([("total", &total)]) {
        let quantile = |share| milliseconds(tally.latency.quantile(share));
        lines.push([
            name.to_owned(),
            tally.due.to_string(),
            tally.failed().to_string(),
            quantile(0.5),
            quantile(0.9),
            quantile(0.99),
            quantile(0.999),
            milliseconds(tally.latency.most()),
        ]);
    }
    let mut text = String::new();
    for [name, numbers @ ..] in lines {
        let numbers: String = numbers.iter().map(|number| format!("{number:>11}")).collect();
        text.push_str(&format!("{name:<10}{numbers}\n"));
    }
    if results.run.has_pings {
        let pings = &results.pings;
        let (received, expected) = (pings.latency.count(), pings.expected);
        let quantile = |share| milliseconds(pings.latency.quantile(share));
        let (half, most) = (quantile(0.5), quantile(0.99));
        text.push_str(&format!("pings: {received} of {expected}, p50 {half}, p99 {most}\n"));
    }
    for (scenario, tally) in &results.scenarios {
        for (error, count) in &tally.errors {
            text.push_str(&format!("error: {scenario}: {error}: {count} times\n"));
        }
    }
    let share = percent(results.answered_in_time as f64 / total.due as f64);
    text.push_str(&format!("answered in time: {share} of what was due\n"));
    for Check { name, limit, found, holds } in checks {
        let verdict = if *holds { "ok" } else { "FAILS" };
        text.push_str(&format!("{verdict:<8}{name} {limit}: {found}\n"));
    }
    text
}
