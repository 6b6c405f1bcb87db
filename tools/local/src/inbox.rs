//! A push service for people who try the service out.

use std::io;

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{Method, StatusCode, Uri},
};
use emulator::serving::Serving;
use tokio::{
    net::TcpListener,
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
};

/// A push URL on this machine, and the pings that come to it.
#[derive(Debug)]
pub struct PushInbox {
    push_url: String,
    pings: UnboundedReceiver<Ping>,
    // The server stops when this is dropped.
    _serving: Serving,
}

/// A request to the push URL.
#[derive(Debug)]
pub struct Ping {
    /// The method, such as `PUT`.
    pub method: Method,
    /// The path of the push URL.
    pub path: String,
    /// The body as text, with replacement characters for bytes that are not UTF-8.
    pub body: String,
}

impl PushInbox {
    /// Starts the push service on any free port.
    ///
    /// # Errors
    /// No port is free.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let push_url = format!("http://localhost:{}/bob", listener.local_addr()?.port());
        let (sender, pings) = unbounded_channel();
        let router = Router::new().fallback(receive).with_state(sender);
        Ok(Self { push_url, pings, _serving: Serving::start(listener, router) })
    }

    /// Returns the push URL to register.
    pub fn push_url(&self) -> &str {
        &self.push_url
    }

    /// Waits for the next ping. Returns `None` when there will be no more.
    pub async fn next(&mut self) -> Option<Ping> {
        self.pings.recv().await
    }
}

async fn receive(
    State(pings): State<UnboundedSender<Ping>>,
    method: Method,
    uri: Uri,
    body: Bytes,
) -> StatusCode {
    let body = String::from_utf8_lossy(&body).into_owned();
    let ping = Ping { method, path: uri.path().to_owned(), body };
    // An inbox that was dropped needs no pings.
    let _ = pings.send(ping);
    StatusCode::OK
}
