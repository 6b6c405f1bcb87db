//! Each endpoint of the local server under load, beside a bare HTTP server.

use clap::Args;
use load::{BoxError, Memory, PushReceiver, ServerProcess};
use tokio::task::block_in_place;

use super::{
    idle, server,
    situation::{Kind, Situation},
    trial::{Rounds, TARGET_CONNECTIONS},
};
use crate::{
    release::{self, Binary},
    report::{Cell, Section, Table, Target},
};

/// The most memory that may be resident under load, in MiB.
const RESIDENT_MAX: f64 = 60.0;

/// The requests with which the others are compared.
const ECHO: Situation = Situation::new("bare HTTP echo", Kind::Echo);

/// The endpoints, each as it is used most.
pub(super) const ENDPOINTS: [Situation; 6] = [
    Situation::new("`POST /registration`, new user", Kind::RegisterNewUser)
        .once_per_second(10_000)
        .cpu_max(0.2),
    Situation::new("`POST /registration`, again", Kind::RegisterAgain).cpu_max(0.2),
    Situation::new("`POST /call-url`", Kind::CreateCallUrl).cpu_max(0.06),
    Situation::new("`GET /calls/{token}`", Kind::OpenCallUrl).cpu_max(0.06),
    Situation::new("`POST /calls/{token}`, 1 device", Kind::PlaceCall)
        .once_per_second(3_000)
        .cpu_max(0.4),
    Situation::new("`GET /calls`, 3 pending", Kind::ListCalls).pending(3).cpu_max(0.2),
];

#[derive(Args)]
pub(crate) struct EndpointLoad {
    #[command(flatten)]
    rounds: Rounds,
    /// Over how many connections.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 32, 256])]
    connections: Vec<u16>,
    /// How often the server is started.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..))]
    starts: u16,
}

impl EndpointLoad {
    /// Measures each endpoint by itself.
    ///
    /// # Errors
    /// Something can't be built or started, or a response was not right.
    pub(crate) async fn measure(&self) -> Result<Section, BoxError> {
        let (local, echo) = (release::build("local")?, release::build("bench-echo")?);
        let push = PushReceiver::start().await?;
        block_in_place(|| {
            let (idle, targets) = idle::measure(&local, self.starts)?;
            let mut targets = Vec::from(targets);
            let mut table = Table::new("Per request; the CPU is that of the server alone.");
            let mut most = Memory::from_kibibytes(0);
            for connections in &self.connections {
                let servers = [&local, &echo];
                let step = self.step(*connections, servers, &push, &mut table, &mut targets)?;
                most = most.max(step);
            }
            let measured = most.mebibytes();
            targets.push(Target::new("resident memory under load", RESIDENT_MAX, "MiB", measured));
            let title = "Local server under load";
            Ok(Section { title, tables: vec![idle, table], targets })
        })
    }

    /// Measures all endpoints at one number of connections, and returns the most memory that was
    /// resident.
    fn step(
        &self,
        connections: u16,
        [local, echo]: [&Binary; 2],
        push: &PushReceiver,
        table: &mut Table,
        targets: &mut Vec<Target>,
    ) -> Result<Memory, BoxError> {
        let mut servers = vec![server::other(echo)?];
        let mut trials = Vec::new();
        for situation in [&ECHO].into_iter().chain(&ENDPOINTS) {
            // A server for each, so that its memory is its own.
            if !trials.is_empty() {
                servers.push(server::local(local, None)?);
            }
            let server: &ServerProcess = &servers[trials.len()];
            let turns = situation.turns(self.rounds.limit());
            trials.push(self.rounds.prepare(situation, server, push, connections, turns)?);
        }
        let measured = self.rounds.run(trials)?;
        let mut most = Memory::from_kibibytes(0);
        for (one, server) in measured.iter().zip(&servers) {
            let (echo, cpu) = (&measured[0], one.cpu()?.median);
            let peak = server.process().peak_resident()?;
            most = most.max(peak);
            let mut row = one.row(("connections", connections.into()))?;
            row.extend([
                ("p50 to echo", Cell::Number(one.quantile(0.5) / echo.quantile(0.5), 1)),
                ("CPU to echo", Cell::Number(cpu / echo.cpu()?.median, 1)),
                ("peak MiB", Cell::Number(peak.mebibytes(), 1)),
            ]);
            table.rows.push(row);
            if let Some(bound) = one.situation.cpu_max.filter(|_| connections == TARGET_CONNECTIONS)
            {
                let what = format!("{}: CPU per request", one.situation.name);
                targets.push(Target::new(what, bound, "ms", cpu));
            }
        }
        Ok(most)
    }
}
