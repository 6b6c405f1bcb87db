//! A server of a router on a listener.

use std::{io, sync::Arc};

use axum::{Router, serve::ListenerExt};
use tokio::{net::TcpListener, sync::Notify, task::JoinHandle};

/// A server that responds to requests until it is stopped or dropped.
#[derive(Debug)]
pub struct Serving {
    stop: Arc<Notify>,
    task: JoinHandle<io::Result<()>>,
}

impl Serving {
    /// Serves `router` on `listener` from now on.
    pub fn start(listener: TcpListener, router: Router) -> Self {
        let stop = Arc::new(Notify::new());
        let stopped = Arc::clone(&stop);
        // Small messages of the call channel must not wait for the acknowledgement of earlier ones.
        let listener = listener.tap_io(|stream| {
            let _ = stream.set_nodelay(true);
        });
        let task = tokio::spawn(async move {
            let stopped = async move { stopped.notified().await };
            axum::serve(listener, router).with_graceful_shutdown(stopped).await
        });
        Self { stop, task }
    }

    /// Stops the server after it has let running requests finish.
    pub async fn stop(mut self) {
        self.stop.notify_one();
        // Only the listener could have failed, and it is no longer needed.
        let _ = (&mut self.task).await;
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.task.abort();
    }
}
