//! Where devices are rung.

use axum::Router;
use tokio::{net::TcpListener, task::JoinHandle};

use crate::Failure;

/// A push service on an ephemeral port of 127.0.0.1 that accepts every ping and remembers none.
/// Ends when it is dropped.
#[derive(Debug)]
pub(crate) struct PushService {
    origin: String,
    task: JoinHandle<()>,
}

impl PushService {
    pub(crate) async fn start() -> Result<Self, Failure> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let origin = format!("http://localhost:{}", listener.local_addr()?.port());
        let task = tokio::spawn(async move {
            // A ping that gets no answer is seen where the call is placed.
            let _ = axum::serve(listener, Router::new().fallback(|| async {})).await;
        });
        Ok(Self { origin, task })
    }

    /// The push URL of a device.
    pub(crate) fn url(&self, callee: &str, device: usize) -> String {
        format!("{}/{callee}/{device}", self.origin)
    }
}

impl Drop for PushService {
    fn drop(&mut self) {
        self.task.abort();
    }
}
