//! A push service of our own: it takes the pings of the calls that are placed here, and knows when
//! each call was due.

use std::{
    collections::{HashMap, VecDeque},
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::State,
    http::{Method, StatusCode, Uri},
    serve::ListenerExt,
};
use tokio::{net::TcpListener, task::JoinHandle};

/// A ping says its version, and nothing else.
const BODY_MAX_BYTES: usize = 1024;

/// Listens until it is dropped.
#[derive(Debug)]
pub(crate) struct PushReceiver {
    /// What push URLs begin with, without a slash at the end.
    url: String,
    waiting: Arc<Waiting>,
    task: JoinHandle<io::Result<()>>,
}

/// A call that a ping is expected of. It has to be settled.
#[derive(Debug)]
pub(crate) struct ExpectedPing {
    waiting: Arc<Waiting>,
    device: String,
    call: u64,
}

/// The calls that no ping has come of yet, in the order in which they were sent, by device: the last
/// part of its push URL.
#[derive(Debug, Default)]
struct Waiting(Mutex<HashMap<String, VecDeque<Call>>>);

#[derive(Debug)]
struct Call {
    number: u64,
    due: Instant,
    pinged: Option<Duration>,
}

impl PushReceiver {
    /// Listens at `address`. `url` is where the service reaches this; without it, that is
    /// `localhost`.
    ///
    /// # Errors
    /// The address is taken.
    pub(crate) async fn start(address: SocketAddr, url: Option<&str>) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let local = format!("http://localhost:{}/push", listener.local_addr()?.port());
        let url = url.unwrap_or(&local).trim_end_matches('/').to_owned();
        let waiting = Arc::new(Waiting::default());
        let router = Router::new().fallback(receive).with_state(Arc::clone(&waiting));
        // An answer must not wait for the acknowledgement of the one before.
        let listener = listener.tap_io(|stream| {
            let _ = stream.set_nodelay(true);
        });
        let task = tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { url, waiting, task })
    }

    /// A push URL that nobody can guess.
    pub(crate) fn add_device(&self) -> (String, String) {
        let device: String = (0..22).map(|_| fastrand::alphanumeric()).collect();
        self.waiting.lock().insert(device.clone(), VecDeque::new());
        (format!("{}/{device}", self.url), device)
    }

    /// From now on, a ping of this device is one of this call, unless an earlier one still waits.
    pub(crate) fn expect(&self, device: &str, call: u64, due: Instant) -> ExpectedPing {
        let waiting = Arc::clone(&self.waiting);
        if let Some(calls) = waiting.lock().get_mut(device) {
            calls.push_back(Call { number: call, due, pinged: None });
        }
        ExpectedPing { waiting, device: device.to_owned(), call }
    }
}

impl ExpectedPing {
    /// How long after it was due the call has pinged, if it has. To be asked once the call is
    /// answered: the service has heard by then what its push service, which is this, has said.
    pub(crate) fn settle(self) -> Option<Duration> {
        let mut waiting = self.waiting.lock();
        let calls = waiting.get_mut(&self.device)?;
        let index = calls.iter().position(|call| call.number == self.call)?;
        calls.remove(index)?.pinged
    }
}

impl Waiting {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, VecDeque<Call>>> {
        // What is in it is whole after each single step, also after a panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for PushReceiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn receive(
    State(waiting): State<Arc<Waiting>>,
    method: Method,
    uri: Uri,
    body: Body,
) -> StatusCode {
    let now = Instant::now();
    // Strangers may come by: this has a public URL.
    let is_ping = method == Method::PUT && to_bytes(body, BODY_MAX_BYTES).await.is_ok();
    let Some(device) = uri.path().rsplit('/').next().filter(|_| is_ping) else {
        return StatusCode::NOT_FOUND;
    };
    let mut waiting = waiting.lock();
    let Some(calls) = waiting.get_mut(device) else { return StatusCode::NOT_FOUND };
    if let Some(call) = calls.iter_mut().find(|call| call.pinged.is_none()) {
        call.pinged = Some(now - call.due);
    }
    StatusCode::OK
}
