//! The open connections, by id.

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::extract::ws::{CloseFrame, Utf8Bytes};
use loop_core::UnixMillis;
use tokio::sync::{mpsc, oneshot, watch};

use super::event::Peer;

/// A command to the socket of a connection.
pub(super) enum Command {
    /// Sends this text and reports when it was handed to the operating system.
    Send(Utf8Bytes, oneshot::Sender<()>),
    /// Closes the connection and reports when the closing frame was sent.
    Close(CloseFrame, Option<oneshot::Sender<()>>),
}

/// An open connection.
#[derive(Clone)]
pub(super) struct Connection {
    pub(super) peer: Peer,
    last_active: Arc<AtomicU64>,
    commands: mpsc::UnboundedSender<Command>,
}

/// All open connections, and the number of connections whose end the functions do not know yet.
pub(super) struct Connections {
    open: Mutex<HashMap<String, Connection>>,
    served: watch::Sender<usize>,
}

impl Connection {
    pub(super) fn new(peer: Peer) -> (Self, mpsc::UnboundedReceiver<Command>) {
        let (commands, receiver) = mpsc::unbounded_channel();
        let last_active = Arc::new(AtomicU64::new(peer.connected_at.get()));
        (Self { peer, last_active, commands }, receiver)
    }

    /// Sends a text. Returns `None` when the connection has gone away.
    pub(super) async fn send(&self, text: Utf8Bytes) -> Option<()> {
        let (done, sent) = oneshot::channel();
        self.commands.send(Command::Send(text, done)).ok()?;
        sent.await.ok()
    }

    /// Closes the connection. Returns `None` when it has gone away.
    pub(super) async fn close(&self, frame: CloseFrame) -> Option<()> {
        let (done, closed) = oneshot::channel();
        self.commands.send(Command::Close(frame, Some(done))).ok()?;
        closed.await.ok()
    }

    pub(super) fn touch(&self, now: UnixMillis) {
        self.last_active.store(now.get(), Ordering::Relaxed);
    }

    pub(super) fn last_active(&self) -> UnixMillis {
        UnixMillis::new(self.last_active.load(Ordering::Relaxed))
    }
}

impl Connections {
    pub(super) fn add(&self, connection: Connection) {
        self.lock().insert(connection.peer.connection_id.clone(), connection);
    }

    pub(super) fn find(&self, id: &str) -> Option<Connection> {
        self.lock().get(id).cloned()
    }

    pub(super) fn remove(&self, id: &str) {
        self.lock().remove(id);
    }

    pub(super) fn count(&self) -> usize {
        *self.served.borrow()
    }

    pub(super) fn close_all(&self, frame: CloseFrame) {
        for connection in self.lock().values() {
            let _ = connection.commands.send(Command::Close(frame.clone(), None));
        }
    }

    /// Counts a connection that the functions begin to know of.
    pub(super) fn begin(&self) {
        self.served.send_modify(|served| *served += 1);
    }

    /// Counts off a connection whose end the functions know of.
    pub(super) fn end(&self) {
        self.served.send_modify(|served| *served -= 1);
    }

    /// Waits until every connection has ended.
    pub(super) async fn all_gone(&self) {
        // The sender lives as long as `self`, so waiting does not fail.
        let _ = self.served.subscribe().wait_for(|served| *served == 0).await;
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Connection>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Connections {
    fn default() -> Self {
        Self { open: Mutex::default(), served: watch::Sender::new(0) }
    }
}

impl fmt::Debug for Connections {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.lock().keys()).finish()
    }
}
