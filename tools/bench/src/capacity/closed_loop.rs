//! Clients that send the next request as soon as they have the response to the last one.

use std::{
    io,
    sync::Barrier,
    thread,
    time::{Duration, Instant},
};

use load::{BoxError, Connection, Latencies, Process, ServerProcess};

use super::exchange::Exchange;

/// Clients of one server, each with a connection. Each has a thread of its own that blocks: that is
/// no dearer than waiting for many at once, and comes to its turn on time.
#[derive(Debug)]
pub(super) struct Clients {
    process: Process,
    connections: Vec<Connection>,
}

/// The exchanges that clients made in a while.
#[derive(Clone, Debug)]
pub(super) struct Round {
    duration: Duration,
    /// The CPU time of the server.
    cpu: Duration,
    pub(super) latencies: Latencies,
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

    /// Makes exchanges for so long, or until there is none left. The clients take turns: no two of
    /// them make the same exchange at the same time, if there are as many of these as clients, or a
    /// multiple of that.
    ///
    /// # Errors
    /// A response was not right.
    pub(super) fn run<'a>(
        &mut self,
        exchanges: impl Iterator<Item = &'a Exchange> + Clone + Send,
        limit: Duration,
    ) -> Result<Round, BoxError> {
        let process = self.process;
        let count = self.connections.len();
        let start = &Barrier::new(count + 1);
        thread::scope(|scope| {
            let client = |(number, connection)| {
                let own = exchanges.clone().skip(number).step_by(count);
                scope.spawn(move || {
                    start.wait();
                    exchange_until(connection, own, Instant::now() + limit)
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
    exchanges: impl Iterator<Item = &'a Exchange>,
    end: Instant,
) -> Result<Latencies, BoxError> {
    let mut latencies = Latencies::default();
    let mut begin = Instant::now();
    for exchange in exchanges {
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
