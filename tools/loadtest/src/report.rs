//! The report: a few lines of text, a page that is readable without scripts and without a network,
//! and a file for `merge` and other programs.

use std::{fs, path::PathBuf, time::Duration};

use askama::Template;
use clap::Args;
use load::{BoxError, Latencies, Memory};
use serde::Serialize;
use strum::EnumMessage;

use crate::{
    plot::{Axis, Line, Plot},
    quantity::{milliseconds, number},
    results::{Results, Tally},
    thresholds::{Check, LOOKS},
};

/// The lateness from which on the load generator distorts the measurement.
const LATE: Duration = Duration::from_millis(10);
/// The positions of the plot by percentile.
const QUANTILES: [f64; 16] =
    [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 0.9999];

/// The place of the report.
#[derive(Args, Debug)]
pub(crate) struct Output {
    /// The directory for `report.html` and `result.json`.
    #[arg(long, value_name = "DIRECTORY", default_value = "target/loadtest")]
    output: PathBuf,
}

/// The page `report.html`.
#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    style: &'static str,
    /// The name, the meaning and the tally of each scenario, and of the total.
    rows: &'a [(String, &'static str, &'a Tally)],
    plots: Vec<Plot>,
    document: Document<'a>,
}

/// The text for the terminal.
#[derive(Template)]
#[template(path = "summary.txt")]
struct Summary<'a> {
    rows: &'a [(String, &'static str, &'a Tally)],
    results: &'a Results,
    checks: &'a [Check],
}

/// The contents of `result.json`.
#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    results: &'a Results,
    checks: &'a [Check],
    warnings: Vec<String>,
}

impl Document<'_> {
    fn holds(&self) -> bool {
        self.checks.iter().all(|check| check.holds)
    }
}

impl Output {
    /// Writes the report, and returns whether all checks hold. Fails if a file can't be written.
    pub(crate) fn write(&self, results: &Results, checks: &[Check]) -> Result<bool, BoxError> {
        let total = results.total();
        let scenarios = results.scenarios.iter().map(|(scenario, tally)| {
            (scenario.to_string(), scenario.get_message().unwrap_or_default(), tally)
        });
        let rows: &Vec<_> = &scenarios.chain([("total".to_owned(), "", &total)]).collect();
        print!("{}", Summary { rows, results, checks }.render()?);
        let document = Document { results, checks, warnings: warnings(results) };
        document.warnings.iter().for_each(|warning| eprintln!("{warning}"));
        fs::create_dir_all(&self.output)?;
        fs::write(self.output.join("result.json"), serde_json::to_vec(&document)?)?;
        let holds = document.holds();
        let style = include_str!("../templates/report.css");
        let page = Page { style, rows, plots: plots(results, &total), document };
        let report = self.output.join("report.html");
        fs::write(&report, page.render()?)?;
        println!("{}", report.display());
        Ok(holds)
    }
}

/// Returns the reasons to doubt the numbers.
fn warnings(results: &Results) -> Vec<String> {
    let (late, run) = (results.lateness.quantile(0.99), &results.run);
    let [are, count] =
        [run.machines.len(), run.machines.first().map_or(1, |one| one.count as usize)];
    let late_warning = format!(
        "1 of 100 requests was sent more than {} after it was due: this machine is too busy or too \
         slow for the rate, and latencies are longer for it",
        milliseconds(late)
    );
    let no_pings = "no push receiver could be reached: no ping was sent or measured";
    let all = [
        (late.is_some_and(|late| late > LATE), late_warning),
        (run.interrupted, "it was ended early".to_owned()),
        (are != count, format!("these are {are} of {count} machines")),
        (!run.has_pings, no_pings.to_owned()),
    ];
    all.into_iter().filter_map(|(is_so, warning)| is_so.then_some(warning)).collect()
}

fn plots(results: &Results, total: &Tally) -> Vec<Plot> {
    let (interval, intervals) = (results.run.interval(), &results.intervals);
    let seconds =
        |positions| Axis { label: "seconds after the beginning", positions, name: number };
    let begins =
        || seconds((0..intervals.len() as u32).map(|it| (interval * it).as_secs_f64()).collect());
    let milliseconds =
        |latencies: &Latencies, share| Some(latencies.quantile(share)?.as_secs_f64() * 1e3);
    let latency = |name, share| -> Line {
        (name, intervals.iter().map(|it| milliseconds(&it.latency, share)).collect())
    };
    let rate = |name, count: fn(&Tally) -> u64| -> Line {
        let rates = intervals.iter().zip(0..).map(|(tally, index)| {
            // The last interval may be shorter.
            let length = interval.min(results.run.plan.duration.saturating_sub(interval * index));
            Some(count(tally) as f64 / length.as_secs_f64())
        });
        (name, rates.collect())
    };
    let distribution = |name, latencies: &Latencies| -> Line {
        (name, QUANTILES.map(|share| milliseconds(latencies, share)).to_vec())
    };
    let mut distributions = vec![
        distribution("from when it was due", &total.latency),
        distribution("from when it was sent", &total.service_time),
    ];
    if results.run.has_pings {
        distributions.push(distribution("pings", &results.pings.latency));
    }
    let rates = vec![
        rate("due", |tally| tally.due),
        rate("answered", |tally| tally.answered),
        rate("errors", Tally::failed),
    ];
    // Each further nine takes as much room as the one before.
    let percentiles = Axis {
        label: "percent of the requests",
        positions: QUANTILES.map(|quantile| -(1.0 - quantile).log10()).to_vec(),
        name: |nines| number((1.0 - 10_f64.powf(-nines)) * 100.0),
    };
    let plot = |id, title, x, unit, lines| Plot { id, title, x, unit, lines };
    let latencies = vec![latency("p50", 0.5), latency("p99", 0.99), latency("longest", 1.0)];
    let requests = "Requests a second, by when they were due";
    let mut plots = vec![
        plot("over-time", "Latency over time", begins(), "ms", latencies),
        plot("requests", requests, begins(), "requests a second", rates),
        plot("by-percentile", "Latency by percentile", percentiles, "ms", distributions),
    ];
    if let Some(memory) = &results.memory {
        let period = results.run.plan.duration / LOOKS;
        let looks = (1..=memory.len() as u32).map(|look| (period * look).as_secs_f64());
        let resident = memory.iter().copied().map(Memory::mebibytes).map(Some).collect();
        let lines = vec![("resident", resident)];
        plots.push(plot("memory", "Resident memory", seconds(looks.collect()), "MiB", lines));
    }
    plots
}
