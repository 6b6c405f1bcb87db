//! The ports that this program listens on.

use std::{error::Error, io, net::IpAddr};

use tokio::net::TcpListener;

/// The error of a failed start, as the developer reads it.
pub type StartError = Box<dyn Error + Send + Sync>;

/// Listens on `port` of `host`; 0 takes any free port.
///
/// # Errors
/// The port is taken, or the machine has no such address.
pub(crate) async fn listen(host: IpAddr, port: u16) -> Result<TcpListener, StartError> {
    TcpListener::bind((host, port)).await.map_err(|error| {
        let hint = match error.kind() {
            io::ErrorKind::AddrInUse => "; choose another with --port",
            _ => "",
        };
        format!("can't listen on {host}, port {port}: {error}{hint}").into()
    })
}
