//! A rate that is kept up, whatever comes back.

use std::{
    thread,
    time::{Duration, Instant},
};

use http_load::{Connection, Latencies, ServerProcess};

use crate::{Failure, load::TARGET_CONNECTIONS, traffic::Exchange};

/// What came of it.
#[derive(Debug)]
pub(crate) struct Steady {
    /// From when a request was due until its answer was complete.
    pub(crate) latencies: Latencies,
    pub(crate) errors: Vec<String>,
}

/// Makes so many exchanges a second, in turn, from `begin` on and for so long. The schedule does
/// not wait for answers: a request that has to wait for the one before it on its connection is
/// late, and its lateness counts.
pub(crate) fn keep_up(
    server: &ServerProcess,
    exchanges: &[Exchange],
    rate: f64,
    begin: Instant,
    duration: Duration,
) -> Steady {
    let connections = usize::from(TARGET_CONNECTIONS);
    let run = |number: usize| {
        let mut share = Share { connection: None, latencies: Vec::new(), errors: Vec::new() };
        for turn in (number..).step_by(connections) {
            let due = begin + Duration::from_secs_f64(turn as f64 / rate);
            if due >= begin + duration {
                break;
            }
            thread::sleep(due.saturating_duration_since(Instant::now()));
            share.make(server, &exchanges[turn % exchanges.len()], due);
        }
        share
    };
    let shares: Vec<_> = thread::scope(|scope| {
        let running: Vec<_> =
            (0..connections).map(|number| scope.spawn(move || run(number))).collect();
        running.into_iter().map(|one| one.join().expect("measuring does not panic")).collect()
    });
    let (mut latencies, mut errors) = (Vec::new(), Vec::new());
    for share in shares {
        latencies.extend(share.latencies);
        errors.extend(share.errors);
    }
    Steady { latencies: Latencies::new(latencies), errors }
}

/// What one connection does.
struct Share {
    connection: Option<Connection>,
    latencies: Vec<Duration>,
    errors: Vec<String>,
}

impl Share {
    fn make(&mut self, server: &ServerProcess, exchange: &Exchange, due: Instant) {
        if let Err(failure) = self.try_to_make(server, exchange) {
            self.errors.push(failure.to_string());
            // Whether it can still be used nobody knows.
            self.connection = None;
        }
        self.latencies.push(due.elapsed());
    }

    fn try_to_make(&mut self, server: &ServerProcess, exchange: &Exchange) -> Result<(), Failure> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => Connection::open(server.address())?,
        };
        exchange.make(&mut connection)?;
        self.connection = Some(connection);
        Ok(())
    }
}
