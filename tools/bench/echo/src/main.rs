//! Responds to every request with its own body, on any free port of 127.0.0.1. The local server is
//! compared with this: it stands on the same libraries.

use std::io;

use axum::{Router, body::Bytes, serve::ListenerExt};
use tokio::{net::TcpListener, runtime::Runtime};

fn main() -> io::Result<()> {
    Runtime::new()?.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("http://{}", listener.local_addr()?);
        // As the local server has it.
        let listener = listener.tap_io(|stream| {
            let _ = stream.set_nodelay(true);
        });
        axum::serve(listener, Router::new().fallback(|body: Bytes| async { body })).await
    })
}
