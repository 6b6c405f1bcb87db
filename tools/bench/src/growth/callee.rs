//! One callee with more and more calls and devices.

use loop_core::limits;

use crate::{
    Failure,
    growth::Arguments,
    load::{Extent, Loaded, Preparation, Subject, TARGET_CONNECTIONS},
    release::Binary,
    report::{Cell, Table},
    traffic::{Exchange, PushService, list_calls, local_server, place_call, place_call_in_vain},
};

/// As many as may be pending, and as many devices as a user may have.
const CALLS_MAX: usize = limits::PENDING_CALLS_PER_CALLEE as usize;
const DEVICES_MAX: usize = 20;
/// Calls in a second: few enough to be prepared in seconds.
const CALLS: usize = 400;
/// Of those that ring twenty devices each.
const LOUD_CALLS: usize = 100;

/// For each case the number of the one that it is compared with.
const CASES: [(usize, Subject); 7] = [
    (0, Subject::repeated("`GET /calls`, 0 pending", list_none)),
    (0, Subject::repeated("`GET /calls`, 3 pending", list_some)),
    (0, Subject::repeated("`GET /calls`, 20 pending", list_many)),
    (3, Subject::once("`POST /calls/{token}`, 0 pending, 1 device", CALLS, call_first)),
    (3, Subject::once("`POST /calls/{token}`, 19 pending, 1 device", CALLS, call_last)),
    (3, Subject::repeated("`POST /calls/{token}`, 20 pending, refused", call_in_vain)),
    (3, Subject::once("`POST /calls/{token}`, 0 pending, 20 devices", LOUD_CALLS, call_many)),
];

pub(crate) fn measure(
    arguments: &Arguments,
    local: &Binary,
    push: &PushService,
) -> Result<Table, Failure> {
    let server = local_server(local, None)?;
    let loaded = CASES.iter().map(|(_, subject)| {
        let (rounds, limit) = (arguments.rounds.into(), arguments.limit());
        let extent = Extent { rounds, limit, turns: subject.turns(limit) };
        Loaded::new(subject, &server, push, TARGET_CONNECTIONS.into(), extent)
    });
    let measured = Loaded::run_all(loaded.collect::<Result<_, _>>()?)?;
    let mut rows = Vec::new();
    for ((first, subject), one) in CASES.iter().zip(&measured) {
        let (cpu, of_first) = (one.cpu()?, measured[*first].cpu()?);
        rows.push(vec![
            subject.name.into(),
            Cell::Samples(one.rate()?, 0),
            Cell::Number(one.percentile(50), 2),
            Cell::Number(one.percentile(99), 2),
            Cell::Samples(cpu, 3),
            Cell::Number(cpu.median / of_first.median, 2),
        ]);
    }
    Ok(Table {
        caption: format!("What one callee has, at {TARGET_CONNECTIONS} connections."),
        columns: vec!["endpoint", "requests/s", "p50 ms", "p99 ms", "CPU ms", "CPU to 0 pending"],
        rows,
    })
}

fn list_none(preparation: &Preparation<'_>) -> Result<Vec<Exchange>, Failure> {
    lists(preparation, 0)
}

fn list_some(preparation: &Preparation<'_>) -> Result<Vec<Exchange>, Failure> {
    lists(preparation, 3)
}

fn list_many(preparation: &Preparation<'_>) -> Result<Vec<Exchange>, Failure> {
    lists(preparation, CALLS_MAX)
}

fn lists(preparation: &Preparation<'_>, pending: usize) -> Result<Vec<Exchange>, Failure> {
    let callees = preparation.callees(1, pending)?;
    Ok(callees.iter().map(|callee| list_calls(callee, pending)).collect())
}

fn call_first(preparation: &Preparation<'_>) -> Result<Vec<Exchange>, Failure> {
    calls(preparation, 1, 0)
}

fn call_last(preparation: &Preparation<'_>) -> Result<Vec<Exchange>, Failure> {
    calls(preparation, 1, CALLS_MAX - 1)
}

fn call_many(preparation: &Preparation<'_>) -> Result<Vec<Exchange>, Failure> {
    calls(preparation, DEVICES_MAX, 0)
}

fn calls(
    preparation: &Preparation<'_>,
    devices: usize,
    pending: usize,
) -> Result<Vec<Exchange>, Failure> {
    let callees = preparation.callees(devices, pending)?;
    Ok(callees.iter().map(place_call).collect())
}

fn call_in_vain(preparation: &Preparation<'_>) -> Result<Vec<Exchange>, Failure> {
    let callees = preparation.callees(1, CALLS_MAX)?;
    Ok(callees.iter().map(place_call_in_vain).collect())
}
