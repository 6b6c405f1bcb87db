//! The tables and targets of cold starts.

use std::time::Duration;

use crate::{
    cold_start::{Measured, sample::Sample},
    report::{Cell, Section, Table, Target},
    spread::Spread,
    subject::Kind,
};

/// All functions, the first one being what the others are compared with.
pub(crate) fn section(measured: &[Measured], memory: &[u16]) -> Section {
    let whole = Table {
        caption: "With a whole CPU.".to_owned(),
        columns: vec![
            "function",
            "bytes",
            "to hello",
            "zip bytes",
            "connections",
            "peak MB",
            "CPU ms",
            "to hello's",
            "ms",
            "to hello's ms",
        ],
        rows: measured.iter().map(|it| row(it, &measured[0])).collect(),
    };
    let shares = memory.iter().enumerate().map(|(position, megabytes)| Table {
        caption: format!("With the share of a CPU that Lambda gives at {megabytes} MB."),
        columns: vec!["function", "ms", "to hello's ms"],
        rows: measured.iter().map(|it| shared_row(it, &measured[0], position)).collect(),
    });
    Section {
        title: "Cold start",
        tables: std::iter::once(whole).chain(shares).collect(),
        targets: measured.iter().flat_map(|it| targets(it, &measured[0])).collect(),
    }
}

fn row(measured: &Measured, hello: &Measured) -> Vec<Cell> {
    let peak = spread(&measured.whole, |sample| sample.peak_memory as f64 * 1024.0 / 1e6);
    let connections = spread(&measured.whole, |sample| sample.connections as f64);
    vec![
        measured.subject.name.into(),
        Cell::Count(measured.binary.bytes),
        Cell::Number(size_ratio(measured, hello), 2),
        Cell::Count(measured.binary.zip_bytes),
        Cell::Number(connections.median, 0),
        Cell::Number(peak.median, 1),
        Cell::Samples(cpu(&measured.whole), 1),
        Cell::Number(cpu(&measured.whole).median / cpu(&hello.whole).median, 2),
        Cell::Samples(duration(&measured.whole), 1),
        Cell::Number(duration_ratio(measured, hello), 2),
    ]
}

fn shared_row(measured: &Measured, hello: &Measured, position: usize) -> Vec<Cell> {
    let of = |measured: &Measured| duration(&measured.shared[position]);
    vec![
        measured.subject.name.into(),
        Cell::Samples(of(measured), 1),
        Cell::Number(of(measured).median / of(hello).median, 2),
    ]
}

fn targets(measured: &Measured, hello: &Measured) -> Vec<Target> {
    let target = |what: &str, unit, bound, measured_value| Target {
        what: format!("{}: {what}", measured.subject.name),
        unit,
        bound,
        measured: measured_value,
    };
    let start = |bound| target("cold start", "x hello", bound, duration_ratio(measured, hello));
    let megabytes = measured.binary.bytes as f64 / 1e6;
    let size = |bound| target("binary", "MB", bound, megabytes);
    match measured.subject.kind() {
        Kind::Reference => vec![],
        Kind::Token => {
            vec![start(1.15), target("binary", "x hello", 1.5, size_ratio(measured, hello))]
        }
        Kind::Database => vec![start(2.5), size(4.5)],
        Kind::Push => vec![start(5.0), size(5.0)],
    }
}

fn size_ratio(measured: &Measured, hello: &Measured) -> f64 {
    measured.binary.bytes as f64 / hello.binary.bytes as f64
}

fn duration_ratio(measured: &Measured, hello: &Measured) -> f64 {
    duration(&measured.whole).median / duration(&hello.whole).median
}

fn duration(samples: &[Sample]) -> Spread {
    spread(samples, |sample| milliseconds(sample.duration))
}

fn cpu(samples: &[Sample]) -> Spread {
    spread(samples, |sample| milliseconds(sample.cpu))
}

fn spread(samples: &[Sample], part: impl Fn(&Sample) -> f64) -> Spread {
    Spread::of(samples.iter().map(part)).expect("every function is started at least once")
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
