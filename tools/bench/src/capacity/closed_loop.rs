//! Clients that send the next request as soon as they have the response to the last one.

use std::{
    io,
    sync::Barrier,
    thread,
    time::{Duration, Instant},
};

use load::{
    BoxError, Connection, Latencies, Process, Request, Response, ServerProcess, StatusCode,
};

/// A request, and the response that has to come.
#[derive(Clone, Debug)]
pub(super) struct Exchange {
    request: Vec<u8>,
    status: StatusCode,
    /// A part of the body.
    part: String,
    /// The number of times that the part is in it.
    times: usize,
}

/// Clients of one server, each with a connection. Each has a thread of its own that blocks: that is
/// no dearer than waiting for many at once, and comes to its turn on time.
#[derive(Debug)]
pub(super) struct Clients {
    process: Process,
    connections: Vec<Connection>,
}

/// The order in which clients make exchanges. No two of them make the same one at the same time, if
/// there are as many exchanges as clients, or a multiple of that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Again and again.
    Repeated,
    /// Each exchange once, at most.
    Once,
}

/// The exchanges that clients made in a while.
#[derive(Clone, Debug)]
pub(super) struct Round {
    duration: Duration,
    /// The CPU time of the server.
    cpu: Duration,
    pub(super) latencies: Latencies,
}

impl Exchange {
    /// Builds an exchange whose response has status 200 and `part` in its body.
    pub(super) fn new(request: &Request, part: impl Into<String>) -> Self {
        let request = request.to_bytes();
        Self { request, status: StatusCode::OK, part: part.into(), times: 1 }
    }

    pub(super) fn status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    pub(super) fn times(self, times: usize) -> Self {
        Self { times, ..self }
    }

    /// Sends the request, and checks the response.
    ///
    /// # Errors
    /// There is none, or it is not the right one.
    pub(super) fn make(&self, connection: &mut Connection) -> Result<Response, BoxError> {
        let response = connection.send_bytes(&self.request)?;
        let body = std::str::from_utf8(&response.body).unwrap_or_default();
        if response.status == self.status && body.matches(&self.part).count() == self.times {
            return Ok(response);
        }
        let Response { status, .. } = &response;
        Err(format!("{status} and not {} × {}: {body}", self.times, self.part).into())
    }
}

impl Clients {
    /// Opens so many connections.
    ///
    /// # Errors
    /// The server does not listen.
    pub(super) fn connect(server: &ServerProcess, count: usize) -> io::Result<Self> {
        let connect = |_| Connection::open(server.address());
        let connections = (0..count).map(connect).collect::<Result<_, _>>()?;
        Ok(Self { process: server.process(), connections })
    }

    /// Makes exchanges for so long, or until there is none left.
    ///
    /// # Errors
    /// A response was not right.
    pub(super) fn run(
        &mut self,
        exchanges: &[Exchange],
        order: Order,
        limit: Duration,
    ) -> Result<Round, BoxError> {
        let process = self.process;
        let count = self.connections.len();
        let start = &Barrier::new(count + 1);
        let pick = &|turn: usize| match order {
            Order::Repeated => exchanges.get(turn % exchanges.len().max(1)),
            Order::Once => exchanges.get(turn),
        };
        thread::scope(|scope| {
            let client = |(number, connection)| {
                scope.spawn(move || {
                    start.wait();
                    let turns = (number..).step_by(count).map_while(pick);
                    exchange_until(connection, turns, Instant::now() + limit)
                })
            };
            let running: Vec<_> = self.connections.iter_mut().enumerate().map(client).collect();
            let cpu_before = process.cpu();
            start.wait();
            let begin = Instant::now();
            let ended: Vec<_> = running.into_iter().map(|client| client.join()).collect();
            let duration = begin.elapsed();
            let cpu = process.cpu()?.saturating_sub(cpu_before?);
            let mut latencies = Latencies::default();
            for own in ended {
                latencies.add_all(&own.expect("measuring does not panic")?);
            }
            Ok(Round { duration, cpu, latencies })
        })
    }
}

fn exchange_until<'a>(
    connection: &mut Connection,
    turns: impl Iterator<Item = &'a Exchange>,
    end: Instant,
) -> Result<Latencies, BoxError> {
    let mut latencies = Latencies::default();
    let mut begin = Instant::now();
    for exchange in turns {
        exchange.make(connection)?;
        let now = Instant::now();
        latencies.add(now - begin);
        if now >= end {
            break;
        }
        begin = now;
    }
    Ok(latencies)
}

impl Round {
    /// Returns the exchanges per second.
    pub(super) fn rate(&self) -> f64 {
        self.latencies.count() as f64 / self.duration.as_secs_f64()
    }

    /// Returns the milliseconds of the server's CPU for each exchange.
    pub(super) fn cpu_milliseconds(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e3 / self.latencies.count() as f64
    }
}
