//! The flood.

use std::{thread, time::Instant};

use fastrand::Rng;
use load::{BoxError, Latencies, Part, Plan, Request};

use crate::junk::{responses::Responses, traffic::exchange_all, world::World};

/// Sends junk from `begin` on; what is not sent when the time is over is never sent. Returns how
/// long each response took from when its request was due, and the responses.
///
/// # Errors
/// A connection broke.
pub(crate) fn flood(
    world: &World,
    plan: Plan,
    connections: u64,
    begin: Instant,
) -> Result<(Latencies, Responses), BoxError> {
    let (mut latencies, mut responses) = (Latencies::default(), Responses::default());
    thread::scope(|scope| {
        let parts = (1..=connections).map(|number| Part { number, count: connections });
        let running = parts.map(|part| scope.spawn(move || flood_part(world, plan, part, begin)));
        for part in running.collect::<Vec<_>>() {
            let flooded = part.join().expect("flooding does not panic")?;
            latencies.add_all(&flooded.0);
            responses.add_all(flooded.1);
        }
        Ok((latencies, responses))
    })
}

fn flood_part(
    world: &World,
    plan: Plan,
    part: Part,
    begin: Instant,
) -> Result<(Latencies, Responses), BoxError> {
    let mut responses = Responses::default();
    let schedule = plan.part(part).take_while(|_| begin.elapsed() < plan.duration);
    let latencies = exchange_all(world.server.address(), begin, schedule, |connection, due| {
        let (method, request) = junk_request(world, &mut Rng::with_seed(due.seed));
        responses.add(method, connection.send(&request)?);
        Ok(())
    })?;
    Ok((latencies, responses))
}

fn junk_request(world: &World, random: &mut Rng) -> (&'static str, Request) {
    let token = world.junk.next(random);
    match random.u8(..20) {
        0 => ("POST", Request::place_call(&token)),
        // Who has a session may also try to revoke junk.
        1 => ("DELETE", Request::revoke_call_url(&world.session, &token)),
        _ => ("GET", Request::open_call_url(&token)),
    }
}
