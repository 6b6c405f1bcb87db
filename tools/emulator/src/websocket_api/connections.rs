//! The open connections, by name.

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

/// What a connection's socket is told to do.
pub(super) enum Command {
    /// Send this text, and say when it is with the operating system.
    Send(Utf8Bytes, oneshot::Sender<()>),
    /// Close, and say when the closing frame is sent.
    Close(CloseFrame, Option<oneshot::Sender<()>>),
}

/// An open connection.
#[derive(Clone)]
pub(super) struct Connection {
    pub(super) peer: Peer,
    last_active: Arc<AtomicU64>,
    commands: mpsc::UnboundedSender<Command>,
}

/// All open connections, and how many of them their functions still have to hear about.
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

    /// Sends a text. `None`: the connection has gone away.
    pub(super) async fn send(&self, text: Utf8Bytes) -> Option<()> {
        let (done, sent) = oneshot::channel();
        self.commands.send(Command::Send(text, done)).ok()?;
        sent.await.ok()
    }

    /// Closes it. `None`: it has gone away.
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

    /// A connection begins, as far as functions know.
    pub(super) fn begin(&self) {
        self.served.send_modify(|served| *served += 1);
    }

    /// It has ended for them, too.
    pub(super) fn end(&self) {
        self.served.send_modify(|served| *served -= 1);
    }

    /// Waits until every connection has ended.
    pub(super) async fn all_gone(&self) {
        // The sender is ours, so it is there.
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
