//! Trials: a situation in a closed loop, round by round.

use std::time::Duration;

use clap::Args;
use load::{BoxError, Latencies, PushReceiver, ServerProcess};

use super::{
    closed_loop::{Clients, Exchange, Order, Round},
    situation::Situation,
};
use crate::{
    report::{Cell, Row},
    spread::Spread,
};

/// The number of connections for which there are targets.
pub(super) const TARGET_CONNECTIONS: u16 = 32;

/// The extent of a measurement.
#[derive(Args, Clone, Copy)]
pub(crate) struct Rounds {
    /// How often each endpoint is measured in each case.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    rounds: u16,
    /// For how many milliseconds each time, at most.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..))]
    milliseconds: u64,
}

/// A situation with clients of its own.
pub(super) struct Trial<'a> {
    situation: &'a Situation,
    clients: Clients,
    exchanges: Vec<Exchange>,
    /// The number of exchanges of a round, of those that can be made only once.
    turns: usize,
    rounds: Vec<Round>,
}

/// The results of a trial.
pub(super) struct Measured<'a> {
    pub(super) situation: &'a Situation,
    rounds: Vec<Round>,
    latencies: Latencies,
}

impl Rounds {
    pub(super) fn limit(self) -> Duration {
        Duration::from_millis(self.milliseconds)
    }

    /// Brings a situation about on a server, for so many exchanges in each round at most, if these
    /// can be made only once.
    ///
    /// # Errors
    /// A response was not right.
    pub(super) fn prepare<'a>(
        self,
        situation: &'a Situation,
        server: &ServerProcess,
        push: &PushReceiver,
        connections: u16,
        turns: usize,
    ) -> Result<Trial<'a>, BoxError> {
        let connections = usize::from(connections);
        let count = match situation.order() {
            Order::Repeated => connections,
            Order::Once => turns * (usize::from(self.rounds) + 1),
        };
        let exchanges = situation.prepare(server.address(), push, count)?;
        let clients = Clients::connect(server, connections)?;
        Ok(Trial { situation, clients, exchanges, turns, rounds: Vec::new() })
    }

    /// Makes all rounds of all trials, and one before that does not count: what is made on first
    /// use is made then. The trials take turns: other work of the machine meets all alike.
    ///
    /// # Errors
    /// A response was not right.
    pub(super) fn run(self, mut trials: Vec<Trial<'_>>) -> Result<Vec<Measured<'_>>, BoxError> {
        for round in 0..=usize::from(self.rounds) {
            for trial in &mut trials {
                let done = trial.run(round, self.limit());
                let done = done.map_err(|error| format!("{}: {error}", trial.situation.name))?;
                if round > 0 {
                    trial.rounds.push(done);
                }
            }
        }
        Ok(trials.into_iter().map(Trial::finish).collect())
    }
}

impl<'a> Trial<'a> {
    fn run(&mut self, round: usize, limit: Duration) -> Result<Round, BoxError> {
        let order = self.situation.order();
        let exchanges = match order {
            Order::Repeated => &self.exchanges[..],
            Order::Once => self.exchanges.chunks(self.turns).nth(round).unwrap_or_default(),
        };
        self.clients.run(exchanges, order, limit)
    }

    fn finish(self) -> Measured<'a> {
        let mut latencies = Latencies::default();
        self.rounds.iter().for_each(|round| latencies.add_all(&round.latencies));
        Measured { situation: self.situation, rounds: self.rounds, latencies }
    }
}

impl Measured<'_> {
    /// Returns the distribution of the milliseconds of CPU for each request.
    pub(super) fn cpu(&self) -> Result<Spread, BoxError> {
        Spread::of(self.rounds.iter().map(Round::cpu_milliseconds))
    }

    /// Returns the milliseconds that this share of latencies does not exceed.
    pub(super) fn quantile(&self, share: f64) -> f64 {
        self.latencies.quantile(share).unwrap_or_default().as_secs_f64() * 1e3
    }

    /// Returns a row with the situation, another column, and what was measured.
    pub(super) fn row(&self, column: (&'static str, u64)) -> Result<Row, BoxError> {
        Ok(vec![
            ("endpoint", self.situation.name.into()),
            (column.0, Cell::Count(column.1)),
            ("requests/s", Cell::Samples(Spread::of(self.rounds.iter().map(Round::rate))?, 0)),
            ("p50 ms", Cell::Number(self.quantile(0.5), 2)),
            ("p99 ms", Cell::Number(self.quantile(0.99), 2)),
            ("CPU ms", Cell::Samples(self.cpu()?, 3)),
        ])
    }
}
