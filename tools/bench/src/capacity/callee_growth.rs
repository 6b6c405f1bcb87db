//! One callee with more and more calls and devices.

use load::{BoxError, PushReceiver};
use loop_core::limits;

use super::{
    server,
    situation::{Kind, Situation},
    trial::{Rounds, TARGET_CONNECTIONS},
};
use crate::{
    release::Binary,
    report::{Cell, Table},
};

/// The limits of a callee.
const CALLS_MAX: usize = limits::PENDING_CALLS_PER_CALLEE as usize;
const DEVICES_MAX: usize = 20;
/// Calls in a second: few enough to be prepared in seconds.
const CALLS: usize = 400;
/// Calls in a second that notify twenty devices each.
const LOUD_CALLS: usize = 100;

/// The cases, each with the number of the one that it is compared with.
static CASES: [(usize, Situation); 7] = [
    (0, Situation::new("`GET /calls`, 0 pending", Kind::ListCalls)),
    (0, Situation::new("`GET /calls`, 3 pending", Kind::ListCalls).pending(3)),
    (0, Situation::new("`GET /calls`, 20 pending", Kind::ListCalls).pending(CALLS_MAX)),
    (3, place_call("`POST /calls/{token}`, 0 pending, 1 device")),
    (3, place_call("`POST /calls/{token}`, 19 pending, 1 device").pending(CALLS_MAX - 1)),
    (
        3,
        Situation::new("`POST /calls/{token}`, 20 pending, refused", Kind::PlaceCallInVain)
            .pending(CALLS_MAX),
    ),
    (
        3,
        place_call("`POST /calls/{token}`, 0 pending, 20 devices")
            .devices(DEVICES_MAX)
            .once_per_second(LOUD_CALLS),
    ),
];

const fn place_call(name: &'static str) -> Situation {
    Situation::new(name, Kind::PlaceCall).once_per_second(CALLS)
}

/// Measures all cases.
///
/// # Errors
/// The server does not start, or a response was not right.
pub(super) fn measure(
    rounds: Rounds,
    local: &Binary,
    push: &PushReceiver,
) -> Result<Table, BoxError> {
    let server = server::local(local, None)?;
    let trial = |(_, situation): &'static (usize, Situation)| {
        let turns = situation.turns(rounds.limit());
        rounds.prepare(situation, &server, push, TARGET_CONNECTIONS, turns)
    };
    let measured = rounds.run(CASES.iter().map(trial).collect::<Result<_, _>>()?)?;
    let mut table = Table::new("What one callee has.");
    for ((first, _), one) in CASES.iter().zip(&measured) {
        let growth = one.cpu()?.median / measured[*first].cpu()?.median;
        let mut row = one.row(("connections", TARGET_CONNECTIONS.into()))?;
        row.push(("CPU to 0 pending", Cell::Number(growth, 2)));
        table.rows.push(row);
    }
    Ok(table)
}
