//! One endpoint, while there is load on it.

use std::time::Duration;

use http_load::{Latencies, ServerProcess};

use crate::{
    Failure,
    load::subject::{Preparation, Subject},
    spread::Spread,
    traffic::{Crowd, Exchange, Order, PushService, Round},
};

/// How long an endpoint is measured each time, and how often.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extent {
    /// Beside the first, which is not counted: what is made on first use is made then.
    pub(crate) rounds: usize,
    /// Of each of them.
    pub(crate) limit: Duration,
    /// How many exchanges a round has at most, of those that can be made only once.
    pub(crate) turns: usize,
}

/// An endpoint with people of its own.
pub(crate) struct Loaded<'a> {
    subject: &'a Subject,
    extent: Extent,
    crowd: Crowd,
    exchanges: Vec<Exchange>,
    rounds: Vec<Round>,
}

/// What was measured of an endpoint.
pub(crate) struct Measured<'a> {
    pub(crate) subject: &'a Subject,
    rounds: Vec<Round>,
}

impl<'a> Loaded<'a> {
    pub(crate) fn new(
        subject: &'a Subject,
        server: &ServerProcess,
        push: &PushService,
        connections: usize,
        extent: Extent,
    ) -> Result<Self, Failure> {
        let count = match subject.order {
            Order::Repeated => connections,
            Order::Once => extent.turns * (extent.rounds + 1),
        };
        let preparation = Preparation { address: server.address(), push, count };
        let exchanges = (subject.prepare)(&preparation)?;
        let crowd = Crowd::connect(server, connections)?;
        Ok(Self { subject, extent, crowd, exchanges, rounds: Vec::new() })
    }

    /// Makes all rounds of all of them. They take turns, and don't come one after the other: what
    /// else the machine does meets all alike.
    pub(crate) fn run_all(mut all: Vec<Self>) -> Result<Vec<Measured<'a>>, Failure> {
        let rounds = all.iter().map(|one| one.extent.rounds).max().unwrap_or_default();
        for round in 0..=rounds {
            for one in &mut all {
                one.run(round)?;
            }
        }
        Ok(all
            .into_iter()
            .map(|Self { subject, rounds, .. }| Measured { subject, rounds })
            .collect())
    }

    fn run(&mut self, round: usize) -> Result<(), Failure> {
        let exchanges = match self.subject.order {
            Order::Repeated => &self.exchanges[..],
            Order::Once => self.exchanges.chunks(self.extent.turns).nth(round).unwrap_or_default(),
        };
        let done = self.crowd.run(exchanges, self.subject.order, self.extent.limit);
        let done = done.map_err(|failure| format!("{}: {failure}", self.subject.name))?;
        if round > 0 {
            self.rounds.push(done);
        }
        Ok(())
    }
}

impl Measured<'_> {
    /// Requests per second.
    pub(crate) fn rate(&self) -> Result<Spread, Failure> {
        self.spread(Round::rate)
    }

    /// Milliseconds of the server's CPU for each request.
    pub(crate) fn cpu(&self) -> Result<Spread, Failure> {
        self.spread(Round::cpu_milliseconds)
    }

    /// In milliseconds: the shortest latency that this share of them does not exceed.
    pub(crate) fn percentile(&self, percent: usize) -> f64 {
        let all = self.rounds.iter().flat_map(|round| &round.latencies);
        Latencies::new(all.copied().collect()).percentile(percent).as_secs_f64() * 1e3
    }

    fn spread(&self, of: fn(&Round) -> f64) -> Result<Spread, Failure> {
        let spread = Spread::of(self.rounds.iter().map(of));
        Ok(spread.ok_or_else(|| format!("{}: there was no round", self.subject.name))?)
    }
}
