//! Requests that do not wait for each other.

use std::{net::SocketAddr, time::Instant};

use load::{BoxError, Connection, Due, Latencies, sleep_until};

/// Makes an exchange on one connection for each request that is due, and returns how long each took
/// from when it was due: one that has to wait for the one before is late, and its lateness counts.
///
/// # Errors
/// An exchange failed.
pub(crate) fn exchange_all(
    address: SocketAddr,
    begin: Instant,
    schedule: impl Iterator<Item = Due>,
    mut exchange: impl FnMut(&mut Connection, Due) -> Result<(), BoxError>,
) -> Result<Latencies, BoxError> {
    let mut connection = Connection::open(address)?;
    let mut latencies = Latencies::default();
    for due in schedule {
        let moment = begin + due.at;
        sleep_until(moment);
        exchange(&mut connection, due)?;
        latencies.add(moment.elapsed());
    }
    Ok(latencies)
}
