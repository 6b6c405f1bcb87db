//! Trials: a situation in a closed loop, round by round.

use std::time::Duration;

use load::{BoxError, Latencies, PushReceiver, ServerProcess};

use super::{closed_loop::Clients, situation::Situation};
use crate::{
    report::{Cell, Row},
    spread::Spread,
};

/// The extent of a measurement.
#[derive(Clone, Copy)]
pub(super) struct Extent<'a> {
    pub(super) rounds: usize,
    /// The time of a round, at most.
    pub(super) limit: Duration,
    /// The receiver of the pings of all devices.
    pub(super) push: &'a PushReceiver,
}

/// A situation on one of several servers.
pub(super) struct Case {
    situation: Situation,
    server: usize,
    /// The number of the case with which it is compared.
    reference: usize,
}

/// The results of all rounds of a case.
pub(super) struct Measured {
    pub(super) name: &'static str,
    pub(super) reference: usize,
    rate: Spread,
    /// Milliseconds of the server's CPU for each request.
    pub(super) cpu: Spread,
    latencies: Latencies,
    /// The most memory of the server that was resident at once, in MiB.
    pub(super) peak: f64,
}

impl Case {
    pub(super) fn new(situation: Situation, server: usize, reference: usize) -> Self {
        Self { situation, server, reference }
    }
}

impl Extent<'_> {
    /// Brings all situations about, makes all rounds of all cases, and one before that does not
    /// count: what is made on first use is made then. The cases take turns: other work of the
    /// machine meets all alike.
    ///
    /// # Errors
    /// A response was not right.
    pub(super) fn run(
        self,
        servers: &[ServerProcess],
        connections: usize,
        cases: Vec<Case>,
    ) -> Result<Vec<Measured>, BoxError> {
        let mut trials = Vec::new();
        for case in cases {
            let server = &servers[case.server];
            let turns = case.situation.turns(self.limit);
            let count = turns.map_or(connections, |turns| turns * (self.rounds + 1));
            let exchanges = case.situation.prepare(server.address(), self.push, count)?;
            let clients = Clients::connect(server, connections)?;
            trials.push((case, clients, exchanges, Vec::new()));
        }
        for round in 0..=self.rounds {
            for (Case { situation, .. }, clients, exchanges, rounds) in &mut trials {
                let done = match situation.turns(self.limit) {
                    None => clients.run(exchanges.iter().cycle(), self.limit),
                    Some(turns) => {
                        let exchanges = exchanges.chunks(turns).nth(round).unwrap_or_default();
                        clients.run(exchanges.iter(), self.limit)
                    }
                };
                let done = done.map_err(|error| format!("{}: {error}", situation.name))?;
                if round > 0 {
                    rounds.push(done);
                }
                // They are not needed, and would take memory that the server could use.
                self.push.take();
            }
        }
        let measured = trials.into_iter().map(|(case, _, _, rounds)| {
            let mut latencies = Latencies::default();
            rounds.iter().for_each(|round| latencies.add_all(&round.latencies));
            Ok(Measured {
                name: case.situation.name,
                reference: case.reference,
                rate: Spread::of(rounds.iter().map(|round| round.rate()))?,
                cpu: Spread::of(rounds.iter().map(|round| round.cpu_milliseconds()))?,
                latencies,
                peak: servers[case.server].process().peak_resident()?.mebibytes(),
            })
        });
        measured.collect()
    }
}

impl Measured {
    /// Returns a row with a column that tells alike cases apart, and the ratios to `reference` in
    /// two columns.
    pub(super) fn row(
        &self,
        (column, value): (&'static str, usize),
        reference: &Self,
        [p50_to, cpu_to]: [&'static str; 2],
    ) -> Row {
        vec![
            ("endpoint", self.name.into()),
            (column, Cell::Count(value as u64)),
            ("requests/s", Cell::Samples(self.rate, 0)),
            ("p50 ms", Cell::Number(self.quantile(0.5), 2)),
            ("p99 ms", Cell::Number(self.quantile(0.99), 2)),
            (p50_to, Cell::Number(self.quantile(0.5) / reference.quantile(0.5), 1)),
            ("CPU ms", Cell::Samples(self.cpu, 3)),
            (cpu_to, Cell::Number(self.cpu.median / reference.cpu.median, 2)),
            ("peak MiB", Cell::Number(self.peak, 1)),
        ]
    }

    /// Returns the milliseconds that this share of latencies does not exceed.
    fn quantile(&self, share: f64) -> f64 {
        self.latencies.quantile(share).unwrap_or_default().as_secs_f64() * 1e3
    }
}
