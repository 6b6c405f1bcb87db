//! A push service that receives the pings of the calls that are placed.

use std::{
    collections::HashMap,
    io, mem,
    net::{Ipv4Addr, SocketAddr},
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

/// The longest body of a ping, which contains nothing but a version.
const BODY_MAX_BYTES: usize = 1024;

/// A push service for SimplePush that listens until it is dropped.
#[derive(Debug)]
pub struct PushReceiver {
    /// The prefix of push URLs, without a slash at the end.
    url: String,
    pings: Arc<Pings>,
    task: JoinHandle<io::Result<()>>,
}

/// A ping that was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ping {
    /// The name of the device that was pinged: the last segment of its push URL.
    pub device: String,
    /// The version in the ping, or 0 if there is none.
    pub version: u64,
    /// The moment when the ping came.
    pub received_at: Instant,
}

#[derive(Debug, Default)]
struct Pings {
    /// The segment before the device's name, which other clients of a public receiver don't know.
    secret: String,
    /// The pings that were not taken yet, in order, by device.
    devices: Mutex<HashMap<String, Vec<Ping>>>,
}

impl PushReceiver {
    /// Starts a receiver for services on this machine. Fails, if it can't listen.
    pub async fn start() -> io::Result<Self> {
        Self::start_at((Ipv4Addr::LOCALHOST, 0).into(), None).await
    }

    /// Starts a receiver at `address`, which the service reaches at `url`, or at `localhost`
    /// without one. Fails, if it can't listen.
    pub async fn start_at(address: SocketAddr, url: Option<&str>) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let local = format!("http://localhost:{}", listener.local_addr()?.port());
        let secret = (0..22).map(|_| fastrand::alphanumeric()).collect();
        let url = format!("{}/{secret}", url.unwrap_or(&local).trim_end_matches('/'));
        let pings = Arc::new(Pings { secret, ..Pings::default() });
        let router = Router::new().fallback(receive).with_state(Arc::clone(&pings));
        // Without this, a response would wait for the acknowledgement of the one before.
        let listener = listener.tap_io(|stream| {
            let _ = stream.set_nodelay(true);
        });
        let task = tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { url, pings, task })
    }

    /// Returns the push URL of a device, whose name is one segment of a path.
    pub fn url(&self, device: &str) -> String {
        format!("{}/{device}", self.url)
    }

    /// Takes one ping of the device that came after `sent`, and returns when it came. This is
    /// called once for each call that was sent then, after the service has said that the device was
    /// notified: the service has its response from this receiver by then.
    pub fn claim(&self, device: &str, sent: Instant) -> Option<Instant> {
        self.pings.claim(device, sent)
    }

    /// Takes all pings of all devices; those of each device are in order.
    pub fn take(&self) -> Vec<Ping> {
        self.pings.lock().values_mut().flat_map(mem::take).collect()
    }
}

impl Pings {
    /// Takes one ping. A ping does not name its call. Of calls that ring a device at the same time,
    /// each takes a ping that came after the call was sent. It does not matter which one, since all
    /// are taken in the end.
    fn claim(&self, device: &str, sent: Instant) -> Option<Instant> {
        let mut devices = self.lock();
        let pings = devices.get_mut(device)?;
        let index = pings.iter().position(|ping| ping.received_at >= sent)?;
        Some(pings.remove(index).received_at)
    }

    /// Adds a ping. Returns true if its path is one of this receiver's.
    fn add(&self, path: &str, body: &[u8], received_at: Instant) -> bool {
        let device = path.rsplit_once('/').filter(|(before, _)| before.ends_with(&self.secret));
        let Some((_, device)) = device else { return false };
        let version = str::from_utf8(body).ok().and_then(|body| body.strip_prefix("version="));
        let version = version.and_then(|version| version.parse().ok()).unwrap_or_default();
        let ping = Ping { device: device.to_owned(), version, received_at };
        self.lock().entry(device.to_owned()).or_default().push(ping);
        true
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Vec<Ping>>> {
        // The pings are consistent after each step, also after a panic.
        self.devices.lock().unwrap_or_else(PoisonError::into_inner)
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
    let received_at = Instant::now();
    let body = to_bytes(body, BODY_MAX_BYTES).await.ok().filter(|_| method == Method::PUT);
    let is_taken = body.is_some_and(|body| pings.add(uri.path(), &body, received_at));
    if is_taken { StatusCode::OK } else { StatusCode::NOT_FOUND }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn pings() -> (Pings, Instant) {
        (Pings { secret: "secret".to_owned(), ..Pings::default() }, Instant::now())
    }

    #[test]
    fn calls_at_the_same_time_take_a_ping_each() {
        let (pings, begin) = pings();
        let after = |milliseconds| begin + Duration::from_millis(milliseconds);
        // One call is sent at 0 and another one at 10, whose response comes first.
        assert!(pings.add("/push/secret/bob", b"version=1", after(20)));
        assert_eq!(pings.claim("bob", after(10)), Some(after(20)));
        assert_eq!(pings.claim("bob", after(0)), None);
        assert!(pings.add("/push/secret/bob", b"version=2", after(30)));
        assert_eq!(pings.claim("bob", after(0)), Some(after(30)));
    }

    #[test]
    fn pings_from_before_or_of_strangers_do_not_count() {
        let (pings, now) = pings();
        assert!(pings.add("/secret/bob", b"version=1", now));
        assert_eq!(pings.claim("bob", now + Duration::from_millis(1)), None);
        for path in ["/bob", "/stranger/bob", "/secret", "bob"] {
            assert!(!pings.add(path, b"version=1", now), "{path}");
        }
    }
}
