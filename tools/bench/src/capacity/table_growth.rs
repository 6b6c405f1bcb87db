//! The local server as what it holds grows: for one callee, and in a table with more and more users.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::Args;
use emulator::EmbeddedDynamoDb;
use load::{BoxError, Connection, PushReceiver};
use serde_json::Value;
use tempfile::TempDir;
use tokio::task::block_in_place;

use super::{
    callee_growth,
    endpoint_load::ENDPOINTS,
    server,
    situation::register,
    trial::{Rounds, TARGET_CONNECTIONS},
};
use crate::{
    release::{self, Binary},
    report::{Cell, Section, Table, Target},
};

/// The local server's names.
const TABLE: &str = "loop";
const DATABASE: &str = "loop.db";
/// Few turns, so that the smallest table does not grow much while it is measured.
const TURNS: usize = 300;
/// The most that a request may cost with the largest table, compared with the smallest.
const GROWTH_MAX: f64 = 1.25;

#[derive(Args)]
pub(crate) struct Growth {
    #[command(flatten)]
    rounds: Rounds,
    /// The sizes of the table that are compared.
    #[arg(long, value_delimiter = ',', default_values_t = [1_000, 100_000, 1_000_000])]
    items: Vec<usize>,
    /// Where the tables lie meanwhile, instead of in the system's directory for such.
    #[arg(long, value_name = "DIRECTORY")]
    within: Option<PathBuf>,
}

impl Growth {
    /// Measures all cases.
    ///
    /// # Errors
    /// Something can't be built, written or started, or a response was not right.
    pub(crate) async fn measure(&self) -> Result<Section, BoxError> {
        let local = release::build("local")?;
        let push = PushReceiver::start().await?;
        let (directory, sizes) = self.fill(&local, &push).await?;
        block_in_place(|| {
            let of_callee = callee_growth::measure(self.rounds, &local, &push)?;
            let (of_table, targets) = self.measure_tables(&directory, &sizes, &local, &push)?;
            let title = "Local server as data grows";
            Ok(Section { title, tables: vec![of_callee, of_table], targets })
        })
    }

    /// Makes a data directory for each size of the table, the smallest first. Each user in them is
    /// registered as a real one.
    async fn fill(
        &self,
        local: &Binary,
        push: &PushReceiver,
    ) -> Result<(TempDir, Vec<usize>), BoxError> {
        let mut sizes = self.items.clone();
        sizes.sort_unstable();
        let directory = match &self.within {
            Some(path) => tempfile::tempdir_in(path)?,
            None => tempfile::tempdir()?,
        };
        let begun = directory.path().join("begun");
        register_one(local, push, &begun)?;
        let database = begun.join(DATABASE);
        let dynamodb = EmbeddedDynamoDb::start(Some(&database)).await?;
        let user = dynamodb.items(TABLE).pop().ok_or("a registration has left no item")?;
        dynamodb.stop().await;
        let mut random = fastrand::Rng::with_seed(0);
        let mut filled = 1;
        for size in &sizes {
            let dynamodb = EmbeddedDynamoDb::start(Some(&database)).await?;
            let users = (filled..*size).map(|_| under_another_name(&user, &mut random));
            dynamodb.import_items(TABLE, users)?;
            dynamodb.stop().await;
            filled = filled.max(*size);
            copy(&begun, &directory.path().join(size.to_string()))?;
        }
        Ok((directory, sizes))
    }

    /// Measures all endpoints with each table.
    fn measure_tables(
        &self,
        directory: &TempDir,
        sizes: &[usize],
        local: &Binary,
        push: &PushReceiver,
    ) -> Result<(Table, Vec<Target>), BoxError> {
        let data = |size: &usize| directory.path().join(size.to_string());
        let start = |size| server::local(local, Some(&data(size)));
        let servers: Vec<_> = sizes.iter().map(start).collect::<Result<_, _>>()?;
        let mut trials = Vec::new();
        for endpoint in &ENDPOINTS {
            for server in &servers {
                let connections = TARGET_CONNECTIONS;
                trials.push(self.rounds.prepare(endpoint, server, push, connections, TURNS)?);
            }
        }
        let measured = self.rounds.run(trials)?;
        let mut table = Table::new(format!(
            "Users in the table, which is in a file, at {TARGET_CONNECTIONS} connections. \
             Measuring adds some more."
        ));
        let mut targets = Vec::new();
        for alike in measured.chunks(sizes.len()) {
            let of_first = alike[0].cpu()?.median;
            let mut growth = 1.0;
            for (size, one) in sizes.iter().zip(alike) {
                growth = one.cpu()?.median / of_first;
                let mut row = one.row(("items", *size as u64))?;
                row.push(("CPU to the smallest", Cell::Number(growth, 2)));
                table.rows.push(row);
            }
            let name = alike[0].situation.name;
            let what = format!("{name}: CPU with the largest table to the smallest");
            targets.push(Target::new(what, GROWTH_MAX, "", growth));
        }
        Ok((table, targets))
    }
}

/// Makes a data directory with one user in it.
fn register_one(local: &Binary, push: &PushReceiver, directory: &Path) -> Result<(), BoxError> {
    let server = server::local(local, Some(directory))?;
    register(None, push, "first").make(&mut Connection::open(server.address())?)?;
    Ok(server.kill()?)
}

fn under_another_name(user: &Value, random: &mut fastrand::Rng) -> Value {
    let mut user = user.clone();
    // As long as a user id.
    let name = format!("{:016x}{:06x}", random.u64(..), random.u32(..1 << 24));
    user["pk"]["S"] = name.into();
    user
}

fn copy(from: &Path, to: &Path) -> Result<(), BoxError> {
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(())
}
