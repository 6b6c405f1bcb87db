//! The report: a few lines of text, a page that is readable without scripts and without a network,
//! and a file for `merge` and other programs.

use std::{fs, path::PathBuf, time::Duration};

use askama::Template;
use clap::Args;
use jiff::Unit;
use load::{BoxError, Latencies, Memory};
use serde::Serialize;
use strum::EnumMessage;

use crate::{
    plot::{Axis, Line, Plot},
    results::{Results, Tally},
    text::{milliseconds, number, percent, quantile},
    thresholds::{Check, LOOKS},
};

/// The lateness from which on the load generator is part of what it measures.
const LATE: Duration = Duration::from_millis(10);

/// The positions of the plot by percentile.
const QUANTILES: [f64; 16] =
    [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 0.9999];

/// The place of the report.
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
    warnings: &'a [String],
}

/// The page.
#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    style: &'static str,
    holds: bool,
    facts: Vec<(&'static str, String)>,
    warnings: &'a [String],
    plots: Vec<Plot>,
    late: String,
    summary: Summary<'a>,
}

/// The text.
#[derive(Template)]
#[template(path = "summary.txt")]
struct Summary<'a> {
    rows: Vec<Row>,
    /// Scenario, error, and how often.
    errors: Vec<(String, &'a str, u64)>,
    pings: Option<Pings>,
    in_time: String,
    checks: &'a [Check],
}

/// One scenario, or all.
struct Row {
    name: String,
    meaning: &'static str,
    due: u64,
    failed: u64,
    latencies: [String; 5],
    service_time: String,
}

struct Pings {
    expected: u64,
    missing: u64,
    p50: String,
    p99: String,
}

impl Output {
    /// Writes the report, and returns whether all checks hold.
    ///
    /// # Errors
    /// The files can't be written.
    pub(crate) fn write(&self, results: &Results, checks: &[Check]) -> Result<bool, BoxError> {
        let warnings = &warnings(results);
        let summary = summary(results, checks);
        print!("{}", summary.render()?);
        warnings.iter().for_each(|warning| eprintln!("{warning}"));
        let holds = checks.iter().all(|check| check.holds);
        let mut plots = vec![over_time(results), requests(results), by_percentile(results)];
        plots.extend(results.memory.as_ref().map(|samples| memory(results, samples)));
        let page = Page {
            style: include_str!("../templates/report.css"),
            holds,
            facts: facts(results),
            warnings,
            plots,
            late: quantile(&results.lateness, 0.99),
            summary,
        };
        fs::create_dir_all(&self.output)?;
        let report = self.output.join("report.html");
        fs::write(&report, page.render()?)?;
        let document = Document { results, checks, warnings };
        fs::write(self.output.join("result.json"), serde_json::to_vec(&document)?)?;
        println!("{}", report.display());
        Ok(holds)
    }
}

/// Returns what makes the numbers worth less than they look.
fn warnings(results: &Results) -> Vec<String> {
    let run = &results.run;
    let late = results.lateness.quantile(0.99);
    let count = run.machines.first().map_or(1, |machine| machine.count);
    let (are, late_by) = (run.machines.len(), milliseconds(late));
    let all = [
        (
            late.is_some_and(|late| late > LATE),
            format!(
                "1 of 100 requests was sent more than {late_by} after it was due: this machine is \
                 too busy or too slow for the rate, and latencies are longer for it"
            ),
        ),
        (run.interrupted, "it was ended early".to_owned()),
        (are as u64 != count, format!("these are {are} of {count} machines")),
        (
            !run.has_pings,
            "no push receiver could be reached: no ping was sent or measured".to_owned(),
        ),
    ];
    all.into_iter().filter_map(|(is_so, warning)| is_so.then_some(warning)).collect()
}

fn summary<'a>(results: &'a Results, checks: &'a [Check]) -> Summary<'a> {
    let scenarios = results.scenarios.iter();
    let rows = scenarios.clone().map(|(scenario, tally)| {
        Row::new(scenario.to_string(), scenario.get_message().unwrap_or_default(), tally)
    });
    let errors = scenarios.flat_map(|(scenario, tally)| {
        let errors = tally.errors.iter();
        errors.map(move |(error, count)| (scenario.to_string(), error.as_str(), *count))
    });
    let pings = &results.pings;
    Summary {
        rows: rows.chain([Row::new("total".to_owned(), "", &results.total())]).collect(),
        errors: errors.collect(),
        pings: results.run.has_pings.then(|| Pings {
            expected: pings.expected,
            missing: results.missing_pings(),
            p50: quantile(&pings.latency, 0.5),
            p99: quantile(&pings.latency, 0.99),
        }),
        in_time: percent(results.share_in_time()),
        checks,
    }
}

impl Row {
    fn new(name: String, meaning: &'static str, tally: &Tally) -> Self {
        let longest = milliseconds(tally.latency.longest());
        let [p50, p90, p99, p999] =
            [0.5, 0.9, 0.99, 0.999].map(|share| quantile(&tally.latency, share));
        Self {
            name,
            meaning,
            due: tally.due,
            failed: tally.failed(),
            latencies: [p50, p90, p99, p999, longest],
            service_time: quantile(&tally.service_time, 0.99),
        }
    }
}

fn facts(results: &Results) -> Vec<(&'static str, String)> {
    let run = &results.run;
    let (from, to) = (number(run.plan.rate.from), number(run.plan.rate.to));
    let rate = if from == to { from } else { format!("from {from} to {to}") };
    let seconds = number(run.plan.duration.as_secs_f64());
    let machines: Vec<_> = run.machines.iter().map(|machine| machine.number.to_string()).collect();
    let of = run.machines.first().map_or(1, |machine| machine.count);
    let begin = run.started_at.round(Unit::Second).unwrap_or(run.started_at);
    let arrival = format!("{:?}, seed {}", run.plan.arrival, run.plan.seed).to_lowercase();
    let in_time = percent(results.share_in_time());
    vec![
        ("Service", format!("{}, version {}", run.target, run.version)),
        ("Begin", begin.to_string()),
        ("Mode", run.mode.to_string()),
        ("Rate", format!("{rate} requests a second for {seconds} s")),
        ("Arrival", arrival),
        ("Requests", format!("{}, {in_time} of them answered in time", results.total().due)),
        ("Weights", run.weights.to_string().replace(',', ", ")),
        ("Callees", run.callees.to_string()),
        ("Machines", format!("{} of {of}", machines.join(", "))),
    ]
}

fn over_time(results: &Results) -> Plot {
    let line = |name, share| {
        let points = results.intervals.iter().map(|interval| interval.latency.quantile(share));
        Line { name, points: points.map(|it| Some(it?.as_secs_f64() * 1e3)).collect() }
    };
    Plot {
        id: "over-time",
        title: "Latency over time",
        x: time_axis(results),
        unit: "ms",
        is_logarithmic: true,
        lines: vec![line("p50", 0.5), line("p99", 0.99), line("longest", 1.0)],
    }
}

fn requests(results: &Results) -> Plot {
    let line = |name, count: fn(&Tally) -> u64| {
        let points = results.intervals.iter().zip(0..).map(|(interval, index)| {
            let length = results.run.interval();
            // The last part of the time may be shorter.
            let length = length.min(results.run.plan.duration.saturating_sub(length * index));
            Some(count(interval) as f64 / length.as_secs_f64())
        });
        Line { name, points: points.collect() }
    };
    Plot {
        id: "requests",
        title: "Requests a second, by when they were due",
        x: time_axis(results),
        unit: "requests a second",
        is_logarithmic: false,
        lines: vec![
            line("due", |interval| interval.due),
            line("answered", |interval| interval.answered),
            line("errors", Tally::failed),
        ],
    }
}

fn by_percentile(results: &Results) -> Plot {
    let total = results.total();
    let line = |name, latencies: &Latencies| {
        let points = QUANTILES.map(|share| Some(latencies.quantile(share)?.as_secs_f64() * 1e3));
        Line { name, points: points.to_vec() }
    };
    let mut lines = vec![
        line("from when it was due", &total.latency),
        line("from when it was sent", &total.service_time),
    ];
    if results.run.has_pings {
        lines.push(line("pings", &results.pings.latency));
    }
    Plot {
        id: "by-percentile",
        title: "Latency by percentile",
        x: Axis::percentiles("percent of the requests", &QUANTILES),
        unit: "ms",
        is_logarithmic: true,
        lines,
    }
}

fn memory(results: &Results, memory: &[Memory]) -> Plot {
    let period = (results.run.plan.duration / LOOKS).as_secs_f64();
    let looks = (1..=memory.len()).map(|look| look as f64 * period);
    let points = memory.iter().map(|memory| Some(memory.mebibytes())).collect();
    Plot {
        id: "memory",
        title: "Resident memory of the service's process",
        x: Axis::linear("seconds after the beginning", looks.collect()),
        unit: "MiB",
        is_logarithmic: false,
        lines: vec![Line { name: "resident", points }],
    }
}

/// Returns when each part of the time begins.
fn time_axis(results: &Results) -> Axis {
    let seconds = results.run.interval().as_secs_f64();
    let begins = (0..results.intervals.len()).map(|index| index as f64 * seconds);
    Axis::linear("seconds after the beginning", begins.collect())
}
