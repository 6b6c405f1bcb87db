//! Junk and real requests at scheduled times. A request that waits for the one before it on its
//! connection is late, and its lateness is part of its latency.

use std::{net::SocketAddr, thread, time::Instant};

use fastrand::Rng;
use load::{BoxError, Connection, Due, Latencies, Part, Plan, Request, StatusCode, sleep_until};

use crate::junk::{
    responses::Responses,
    world::{VALID, World},
};

/// Opens Bob's link and makes another one, in turn, and returns the latencies.
///
/// # Errors
/// A response was not the expected one.
pub(crate) fn use_as_usual(
    world: &World,
    plan: Plan,
    begin: Instant,
) -> Result<Latencies, BoxError> {
    let open = Request::open_link(&world.junk.real);
    let make = Request::make_link(&world.session, VALID);
    exchange_all(world.server.address(), begin, plan.schedule(), |connection, due| {
        let request = if due.number % 2 == 0 { &open } else { &make };
        let response = connection.send(request)?.expect(StatusCode::OK);
        response.map_err(|error| format!("a real request got {error}"))?;
        Ok(())
    })
}

/// Sends junk until the time is over. Junk that is late by then is not sent.
///
/// # Errors
/// A connection broke.
pub(crate) fn flood(
    world: &World,
    plan: Plan,
    connections: u64,
    begin: Instant,
) -> Result<(Latencies, Responses), BoxError> {
    let flood_part = |part| {
        let mut responses = Responses::default();
        let schedule = plan.part(part).take_while(|_| begin.elapsed() < plan.duration);
        let latencies =
            exchange_all(world.server.address(), begin, schedule, |connection, due| {
                let (method, request) = junk_request(world, &mut Rng::with_seed(due.seed));
                responses.add(method, connection.send(&request)?);
                Ok(())
            })?;
        Ok::<_, BoxError>((latencies, responses))
    };
    let (mut latencies, mut responses) = (Latencies::default(), Responses::default());
    thread::scope(|scope| {
        let parts = (1..=connections).map(|number| Part { number, count: connections });
        let running = parts.map(|part| scope.spawn(move || flood_part(part)));
        for part in running.collect::<Vec<_>>() {
            let flooded = part.join().expect("flooding does not panic")?;
            latencies.add_all(&flooded.0);
            responses.add_all(flooded.1);
        }
        Ok((latencies, responses))
    })
}

fn junk_request(world: &World, random: &mut Rng) -> (&'static str, Request) {
    let token = world.junk.next(random);
    match random.u8(..20) {
        0 => ("POST", Request::place(&token)),
        // A client with a session may also try to revoke junk.
        1 => ("DELETE", Request::revoke_link(&world.session, &token)),
        _ => ("GET", Request::open_link(&token)),
    }
}

/// Makes all exchanges, and returns their latencies from the moments when they were due.
fn exchange_all(
    address: SocketAddr,
    begin: Instant,
    schedule: impl Iterator<Item = Due>,
    mut exchange: impl FnMut(&mut Connection, Due) -> Result<(), BoxError>,
) -> Result<Latencies, BoxError> {
    let mut connection = Connection::open(address)?;
    let mut latencies = Latencies::default();
    for due in schedule {
        let moment = begin + due.at;
        sleep_until(moment);
        exchange(&mut connection, due)?;
        latencies.add(moment.elapsed());
    }
    Ok(latencies)
}
