//! A push service of our own: it takes the pings of the calls that are placed here.

use std::{
    collections::HashMap,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
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
    pings: Arc<Pings>,
    task: JoinHandle<io::Result<()>>,
}

/// When pings came that no call has claimed yet, in this order, by device: the last part of its push
/// URL.
#[derive(Debug, Default)]
struct Pings(Mutex<HashMap<String, Vec<Instant>>>);

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
        let pings = Arc::new(Pings::default());
        let router = Router::new().fallback(receive).with_state(Arc::clone(&pings));
        // An answer must not wait for the acknowledgement of the one before.
        let listener = listener.tap_io(|stream| {
            let _ = stream.set_nodelay(true);
        });
        let task = tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { url, pings, task })
    }

    /// A push URL that nobody can guess, and the device that it leads to.
    pub(crate) fn add_device(&self) -> (String, String) {
        let device: String = (0..22).map(|_| fastrand::alphanumeric()).collect();
        self.pings.add_device(device.clone());
        (format!("{}/{device}", self.url), device)
    }

    /// When the device was pinged by a call that was sent then, if it was. To be asked once, when
    /// the service has said that it was: it has heard so from its push service, which is this.
    pub(crate) fn claim(&self, device: &str, sent: Instant) -> Option<Instant> {
        self.pings.claim(device, sent)
    }
}

impl Pings {
    fn add_device(&self, device: String) {
        self.lock().insert(device, Vec::new());
    }

    /// Whether there is such a device.
    fn add(&self, device: &str, now: Instant) -> bool {
        self.lock().get_mut(device).map(|pings| pings.push(now)).is_some()
    }

    /// A ping does not say whose it is. Of calls that ring a device at the same time, each takes one
    /// that came after it was sent: which one does not matter, for all are taken in the end.
    fn claim(&self, device: &str, sent: Instant) -> Option<Instant> {
        let mut devices = self.lock();
        let pings = devices.get_mut(device)?;
        let index = pings.iter().position(|ping| *ping >= sent)?;
        Some(pings.remove(index))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Vec<Instant>>> {
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
    State(pings): State<Arc<Pings>>,
    method: Method,
    uri: Uri,
    body: Body,
) -> StatusCode {
    let now = Instant::now();
    // Strangers may come by: this has a public URL.
    let is_ping = method == Method::PUT && to_bytes(body, BODY_MAX_BYTES).await.is_ok();
    let device = uri.path().rsplit('/').next().filter(|_| is_ping);
    match device.is_some_and(|device| pings.add(device, now)) {
        true => StatusCode::OK,
        false => StatusCode::NOT_FOUND,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn calls_at_the_same_time_take_a_ping_each_in_whatever_order_they_are_answered() {
        let pings = Pings::default();
        pings.add_device("bob".to_owned());
        let begin = Instant::now();
        let after = |milliseconds| begin + Duration::from_millis(milliseconds);
        // One call is sent at 0 and another one at 10. The second one is answered first.
        assert!(pings.add("bob", after(20)));
        assert_eq!(pings.claim("bob", after(10)), Some(after(20)));
        assert_eq!(pings.claim("bob", after(0)), None);
        assert!(pings.add("bob", after(30)));
        assert_eq!(pings.claim("bob", after(0)), Some(after(30)));
    }

    #[test]
    fn a_ping_from_before_a_call_is_not_its_ping() {
        let pings = Pings::default();
        pings.add_device("bob".to_owned());
        let now = Instant::now();
        assert!(pings.add("bob", now));
        assert_eq!(pings.claim("bob", now + Duration::from_millis(1)), None);
        assert!(!pings.add("stranger", now));
    }
}
