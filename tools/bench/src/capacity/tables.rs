//! Data directories of the local server, with more and more users in the table.

use std::{
    fs,
    path::{Path, PathBuf},
};

use emulator::EmbeddedDynamoDb;
use load::{BoxError, Connection, PushReceiver, ServerProcess};
use serde_json::Value;
use tempfile::TempDir;

use super::situation::register;

/// The local server's names.
const TABLE: &str = "loop";
const DATABASE: &str = "loop.db";

/// A data directory for each size, the smallest first. They go away with this value.
pub(super) struct Tables {
    pub(super) sizes: Vec<usize>,
    directory: TempDir,
}

impl Tables {
    /// Registers one user, and stores as many like it.
    ///
    /// # Errors
    /// The user can't be registered, or the directory can't be written.
    pub(super) async fn fill(
        sizes: &[usize],
        start: impl Fn(Option<&Path>) -> Result<ServerProcess, BoxError>,
        push: &PushReceiver,
    ) -> Result<Self, BoxError> {
        let mut sizes = sizes.to_vec();
        sizes.sort_unstable();
        let tables = Self { sizes, directory: tempfile::tempdir()? };
        let begun = tables.directory.path().join("begun");
        let server = start(Some(&begun))?;
        register(None, push, "first").make(&mut Connection::open(server.address())?)?;
        server.kill()?;

        let (mut random, mut user) = (fastrand::Rng::with_seed(0), Value::Null);
        let mut filled = 1;
        for size in &tables.sizes {
            let dynamodb = EmbeddedDynamoDb::start(Some(&begun.join(DATABASE))).await?;
            if user.is_null() {
                user = dynamodb.items(TABLE).pop().ok_or("a registration has left no item")?;
            }
            let users = (filled..*size).map(|_| under_another_name(&user, &mut random));
            dynamodb.import_items(TABLE, users)?;
            dynamodb.stop().await;
            filled = filled.max(*size);
            copy(&begun, &tables.data(*size))?;
        }
        Ok(tables)
    }

    /// Returns the data directory whose table has so many users.
    pub(super) fn data(&self, size: usize) -> PathBuf {
        self.directory.path().join(size.to_string())
    }
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
