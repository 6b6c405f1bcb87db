//! Somebody who uses the service as it is meant.

use std::{
    thread,
    time::{Duration, Instant},
};

use http_load::{Connection, Latencies, request};
use serde_json::json;

use crate::{Failure, junk::world::World};

/// From one request to the next: each kind comes every 50 ms.
const PACE: Duration = Duration::from_millis(25);
/// Requests that are not counted: what is made on first use is made then.
const WARMING: usize = 20;

/// Opens a link and makes another one, in turn.
pub(crate) struct UsualUse {
    address: std::net::SocketAddr,
    requests: [Vec<u8>; 2],
}

impl UsualUse {
    /// Bob's, and whom he gave his link to.
    pub(crate) fn new(world: &World) -> Result<Self, Failure> {
        let wish = json!({ "remote_id": "carol@example.com", "valid_duration": 3600 });
        let open = request("GET", &format!("/calls/{}", world.token), None, None);
        let make = request("POST", "/call-url", Some(&world.cookie), Some(&wish));
        let usual = Self { address: world.server.address(), requests: [open, make] };
        let mut connection = Connection::open(usual.address)?;
        for request in usual.requests.iter().cycle().take(WARMING) {
            send(&mut connection, request)?;
        }
        Ok(usual)
    }

    /// Until then. Counts how long each answer took from when its request was due.
    ///
    /// # Errors
    /// An answer was not what it should be.
    pub(crate) fn run(&self, end: Instant) -> Result<Latencies, Failure> {
        let mut connection = Connection::open(self.address)?;
        let mut latencies = Vec::new();
        let mut due = Instant::now();
        for request in self.requests.iter().cycle() {
            due += PACE;
            if due >= end {
                break;
            }
            thread::sleep(due.saturating_duration_since(Instant::now()));
            send(&mut connection, request)?;
            latencies.push(due.elapsed());
        }
        Ok(Latencies::new(latencies))
    }
}

fn send(connection: &mut Connection, request: &[u8]) -> Result<(), Failure> {
    let answer = connection.exchange(request)?;
    match answer.status() {
        200 => Ok(()),
        status => Err(format!("a real request got {status}: {}", answer.json()).into()),
    }
}
