//! Many connections, each of which sends a request as soon as it has the answer to the one before.

use std::{
    sync::Barrier,
    thread,
    time::{Duration, Instant},
};

use http_load::{Connection, Process, ServerProcess};

use crate::{Failure, traffic::Exchange};

/// A number of connections to one server. Each has a thread of its own that blocks: that is no
/// dearer than waiting for many at once, and comes to its turn on time.
#[derive(Debug)]
pub(crate) struct Crowd {
    process: Process,
    connections: Vec<Connection>,
}

/// In which order a crowd makes exchanges. No two of its connections make the same one at the same
/// time, if there are as many or a multiple of that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Again and again.
    Repeated,
    /// Each once, at most.
    Once,
}

/// What a crowd did in a while, and what that took.
#[derive(Clone, Debug)]
pub(crate) struct Round {
    pub(crate) duration: Duration,
    /// Of the server.
    pub(crate) cpu: Duration,
    /// One for each exchange.
    pub(crate) latencies: Vec<Duration>,
}

impl Crowd {
    pub(crate) fn connect(server: &ServerProcess, connections: usize) -> Result<Self, Failure> {
        let connections = (0..connections).map(|_| Connection::open(server.address()));
        Ok(Self { process: server.process(), connections: connections.collect::<Result<_, _>>()? })
    }

    /// For so long, or until there is nothing left to do.
    ///
    /// # Errors
    /// One answer was not right.
    pub(crate) fn run(
        &mut self,
        exchanges: &[Exchange],
        order: Order,
        limit: Duration,
    ) -> Result<Round, Failure> {
        let process = self.process;
        let count = self.connections.len();
        let start = &Barrier::new(count + 1);
        let pick = |turn: usize| match order {
            Order::Repeated => exchanges.get(turn % exchanges.len().max(1)),
            Order::Once => exchanges.get(turn),
        };
        let pick = &pick;
        thread::scope(|scope| {
            let one = |(number, connection)| {
                scope.spawn(move || {
                    start.wait();
                    let turns = (number..).step_by(count).map_while(pick);
                    exchange_until(connection, turns, Instant::now() + limit)
                })
            };
            let running: Vec<_> = self.connections.iter_mut().enumerate().map(one).collect();
            let cpu_before = process.cpu();
            start.wait();
            let begin = Instant::now();
            let ended: Vec<_> = running.into_iter().map(|one| one.join()).collect();
            let duration = begin.elapsed();
            let cpu = process.cpu()?.saturating_sub(cpu_before?);
            let mut latencies = Vec::new();
            for share in ended {
                latencies.extend(share.expect("measuring does not panic")?);
            }
            Ok(Round { duration, cpu, latencies })
        })
    }
}

fn exchange_until<'a>(
    connection: &mut Connection,
    turns: impl Iterator<Item = &'a Exchange>,
    end: Instant,
) -> Result<Vec<Duration>, Failure> {
    let mut latencies = Vec::new();
    let mut begin = Instant::now();
    for exchange in turns {
        exchange.make(connection)?;
        let now = Instant::now();
        latencies.push(now - begin);
        if now >= end {
            break;
        }
        begin = now;
    }
    Ok(latencies)
}

impl Round {
    /// Exchanges per second.
    pub(crate) fn rate(&self) -> f64 {
        self.latencies.len() as f64 / self.duration.as_secs_f64()
    }

    /// Milliseconds of the server's CPU for each exchange.
    pub(crate) fn cpu_milliseconds(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e3 / self.latencies.len() as f64
    }
}
