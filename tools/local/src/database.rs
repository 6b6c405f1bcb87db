//! The embedded DynamoDB without the rest, for functions that run outside of this process: in the
//! containers of `sam local`, or under the Runtime Interface Emulator.

use std::net::IpAddr;

use emulator::EmbeddedDynamoDb;

use crate::listening::{StartError, listen};

/// The name of its table, which the files beside `events/env.json` name.
pub const TABLE: &str = "loop-local";

/// Starts the database in memory, with its table, on `port` of `host`; 0 takes any free port.
///
/// # Errors
/// The port is taken, or the machine has no such address.
pub async fn start(host: IpAddr, port: u16) -> Result<EmbeddedDynamoDb, StartError> {
    let database = EmbeddedDynamoDb::start_on(listen(host, port).await?)?;
    database.create_table(TABLE)?;
    Ok(database)
}
