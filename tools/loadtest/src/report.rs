//! The report as a page: one file, readable without scripts and without a network.

use askama::Template;
use jiff::Unit;

use crate::{
    Failure,
    latencies::Latencies,
    plot::{Axis, Line, Plot},
    results::{Interval, Results, Tally},
    text::{milliseconds, number, percent},
    thresholds::Check,
};

const STYLE: &str = include_str!("../templates/report.css");

/// Where the percentiles of the plot are.
const QUANTILES: [f64; 16] =
    [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 0.9999];

/// The page.
///
/// # Errors
/// A template has failed.
pub(crate) fn html(
    results: &Results,
    checks: &[Check],
    warnings: &[String],
) -> Result<String, Failure> {
    let total = results.total();
    let mut rows: Vec<_> = results
        .scenarios
        .iter()
        .map(|(scenario, tally)| Row::new(scenario.name(), scenario.meaning(), tally))
        .collect();
    rows.push(Row::new("total", "", &total));
    let errors = results.scenarios.iter().flat_map(|(scenario, tally)| {
        let rows = tally.errors.iter();
        rows.map(|(error, count)| (scenario.name(), error.as_str(), *count))
    });
    let pings = results.run.has_pings.then(|| Pings {
        expected: results.pings.expected,
        missing: results.missing_pings(),
        p50: milliseconds(results.pings.latency.quantile(0.5)),
        p99: milliseconds(results.pings.latency.quantile(0.99)),
    });
    let page = Page {
        style: STYLE,
        holds: checks.iter().all(|check| check.holds),
        facts: facts(results, &total),
        checks,
        warnings,
        plots: vec![over_time(results), requests(results), by_percentile(results, &total)],
        rows,
        errors: errors.collect(),
        pings,
        late: milliseconds(results.lateness.quantile(0.99)),
    };
    Ok(page.render()?)
}

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    style: &'static str,
    holds: bool,
    facts: Vec<(&'static str, String)>,
    checks: &'a [Check],
    warnings: &'a [String],
    plots: Vec<Plot>,
    rows: Vec<Row>,
    errors: Vec<(&'static str, &'a str, u64)>,
    pings: Option<Pings>,
    late: String,
}

/// One scenario.
struct Row {
    name: &'static str,
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

impl Row {
    fn new(name: &'static str, meaning: &'static str, tally: &Tally) -> Self {
        let quantile = |share| milliseconds(tally.latency.quantile(share));
        let most = milliseconds(tally.latency.most());
        Self {
            name,
            meaning,
            due: tally.due,
            failed: tally.failed(),
            latencies: [quantile(0.5), quantile(0.9), quantile(0.99), quantile(0.999), most],
            service_time: milliseconds(tally.service_time.quantile(0.99)),
        }
    }
}

fn facts(results: &Results, total: &Tally) -> Vec<(&'static str, String)> {
    let run = &results.run;
    let (from, to) = (number(run.plan.rate.from), number(run.plan.rate.to));
    let rate = if from == to { from } else { format!("from {from} to {to}") };
    let machines: Vec<_> = run.machines.iter().map(|machine| machine.number.to_string()).collect();
    let of = run.machines.first().map_or(1, |machine| machine.count);
    let begin = run.started_at.round(Unit::Second).unwrap_or(run.started_at);
    let arrival = format!("{:?}, seed {}", run.plan.arrival, run.plan.seed).to_lowercase();
    vec![
        ("Service", format!("{}, version {}", run.target, run.version)),
        ("Begin", begin.to_string()),
        ("Mode", run.mode.name().to_owned()),
        ("Rate", format!("{rate} requests a second for {} s", number(run.plan.seconds))),
        ("Arrival", arrival),
        (
            "Requests",
            format!("{}, {} of them answered in time", total.due, {
                percent(results.answered_in_time as f64 / total.due as f64)
            }),
        ),
        ("Weights", run.weights.to_string().replace(',', ", ")),
        ("Callees", run.callees.to_string()),
        ("Machines", format!("{} of {of}", machines.join(", "))),
    ]
}

fn over_time(results: &Results) -> Plot {
    let line = |name, share| {
        let point = |interval: &Interval| interval.latency.quantile(share);
        let points = results.intervals.iter().map(point);
        Line { name, points: points.map(|it| it.map(|it| it.as_secs_f64() * 1e3)).collect() }
    };
    Plot {
        id: "over-time",
        title: "Latency over time",
        x: Axis::linear("seconds after the beginning", times(results)),
        unit: "ms",
        is_logarithmic: true,
        lines: vec![line("p50", 0.5), line("p99", 0.99), line("longest", 1.0)],
    }
}

fn requests(results: &Results) -> Plot {
    let line = |name, count: fn(&Interval) -> u64| {
        let seconds = |begin: f64| results.interval_seconds().min(results.run.plan.seconds - begin);
        let points = results.intervals.iter().zip(times(results));
        let points = points.map(|(it, begin)| Some(count(it) as f64 / seconds(begin)));
        Line { name, points: points.collect() }
    };
    Plot {
        id: "requests",
        title: "Requests a second, by when they were due",
        x: Axis::linear("seconds after the beginning", times(results)),
        unit: "requests a second",
        is_logarithmic: false,
        lines: vec![
            line("due", |interval| interval.due),
            line("answered", |interval| interval.answered),
            line("errors", |interval| interval.failed),
        ],
    }
}

fn by_percentile(results: &Results, total: &Tally) -> Plot {
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

/// When each part of the time begins.
fn times(results: &Results) -> Vec<f64> {
    let seconds = results.interval_seconds();
    (0..results.intervals.len()).map(|index| index as f64 * seconds).collect()
}
