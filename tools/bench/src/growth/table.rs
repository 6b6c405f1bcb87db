//! A table with more and more users in it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use emulator::EmbeddedDynamoDb;
use http_load::{Connection, Random, ServerProcess};
use serde_json::Value;
use tempfile::TempDir;

use crate::{
    Failure,
    growth::Arguments,
    load::{ENDPOINTS, Extent, Loaded, TARGET_CONNECTIONS},
    release::Binary,
    report::{Cell, Table, Target},
    traffic::{PushService, local_server, register},
};

/// What the local server calls them.
const TABLE: &str = "loop";
const DATABASE: &str = "loop.db";
/// Few, so that the smallest table does not grow much while it is measured.
const TURNS: usize = 300;
/// What a request may cost with the largest table, compared with the smallest.
const GROWTH_MAX: f64 = 1.25;

/// Data directories of the local server with tables of different sizes, the smallest first. They
/// go away with this value.
pub(crate) struct Tables {
    sizes: Vec<usize>,
    directory: TempDir,
}

impl Tables {
    /// Each user in them is registered as a real one.
    pub(crate) async fn fill(
        arguments: &Arguments,
        local: &Binary,
        push: &PushService,
    ) -> Result<Self, Failure> {
        let mut sizes = arguments.items.clone();
        sizes.sort_unstable();
        let directory = match &arguments.within {
            Some(path) => tempfile::tempdir_in(path)?,
            None => tempfile::tempdir()?,
        };
        let tables = Self { sizes, directory };
        let begun = tables.directory.path().join("begun");
        register_one(local, push, &begun)?;
        let database = begun.join(DATABASE);
        let user = only_item(&database).await?;
        let mut random = Random::new(0, 0);
        let mut filled = 1;
        for size in &tables.sizes {
            let users = (filled..*size).map(|_| under_another_name(&user, &mut random));
            import(&database, users).await?;
            filled = filled.max(*size);
            copy(&begun, &tables.data(*size))?;
        }
        Ok(tables)
    }

    fn data(&self, size: usize) -> PathBuf {
        self.directory.path().join(size.to_string())
    }

    /// All endpoints with each of them.
    pub(crate) fn measure(
        &self,
        arguments: &Arguments,
        local: &Binary,
        push: &PushService,
    ) -> Result<(Table, Vec<Target>), Failure> {
        let servers = self.sizes.iter().map(|size| local_server(local, Some(&self.data(*size))));
        let servers: Vec<ServerProcess> = servers.collect::<Result<_, _>>()?;
        let (rounds, limit) = (arguments.rounds.into(), arguments.limit());
        let extent = Extent { rounds, limit, turns: TURNS };
        let connections = TARGET_CONNECTIONS.into();
        let each = ENDPOINTS
            .iter()
            .flat_map(|endpoint| servers.iter().map(move |server| (endpoint, server)));
        let loaded =
            each.map(|(endpoint, server)| Loaded::new(endpoint, server, push, connections, extent));
        let measured = Loaded::run_all(loaded.collect::<Result<_, _>>()?)?;
        let (mut rows, mut targets) = (Vec::new(), Vec::new());
        for alike in measured.chunks(self.sizes.len()) {
            let of_first = alike[0].cpu()?;
            let mut growth = 1.0;
            for (size, one) in self.sizes.iter().zip(alike) {
                let cpu = one.cpu()?;
                growth = cpu.median / of_first.median;
                rows.push(vec![
                    one.subject.name.into(),
                    Cell::Count(*size as u64),
                    Cell::Samples(one.rate()?, 0),
                    Cell::Number(one.percentile(50), 2),
                    Cell::Number(one.percentile(99), 2),
                    Cell::Samples(cpu, 3),
                    Cell::Number(growth, 2),
                ]);
            }
            let what =
                format!("{}: CPU with the largest table to the smallest", alike[0].subject.name);
            targets.push(Target { what, unit: "", bound: GROWTH_MAX, measured: growth });
        }
        let caption = format!(
            "Users in the table, which is in a file, at {TARGET_CONNECTIONS} connections. \
             Measuring adds some more."
        );
        let columns = vec![
            "endpoint",
            "items",
            "requests/s",
            "p50 ms",
            "p99 ms",
            "CPU ms",
            "CPU to the smallest",
        ];
        Ok((Table { caption, columns, rows }, targets))
    }
}

/// A data directory with one user in it.
fn register_one(local: &Binary, push: &PushService, directory: &Path) -> Result<(), Failure> {
    let server = local_server(local, Some(directory))?;
    register(push, "first").make(&mut Connection::open(server.address())?)?;
    Ok(server.kill()?)
}

async fn only_item(database: &Path) -> Result<Value, Failure> {
    let database = EmbeddedDynamoDb::start(Some(database)).await?;
    let item = database.items(TABLE).pop().ok_or("a registration has left no item")?;
    database.stop().await;
    Ok(item)
}

async fn import(database: &Path, items: impl Iterator<Item = Value>) -> Result<(), Failure> {
    let database = EmbeddedDynamoDb::start(Some(database)).await?;
    database.import_items(TABLE, items)?;
    database.stop().await;
    Ok(())
}

fn under_another_name(user: &Value, random: &mut Random) -> Value {
    let mut user = user.clone();
    // As long as a user id.
    let name = format!("{:016x}{:06x}", random.number(), random.number() & 0xff_ffff);
    user["pk"]["S"] = name.into();
    user
}

fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(())
}
