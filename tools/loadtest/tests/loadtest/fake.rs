//! A service that responds as Loop does, and stalls or redirects on request.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle, time::sleep_until};

use crate::run::{Run, loadtest};

/// The response to links that are opened.
#[derive(Clone, Debug)]
pub(crate) enum Opening {
    /// A page.
    Page,
    /// A page, but the request of this number, counted from 1, stalls the service for this time.
    StallAt(usize, Duration),
    /// A redirect to this URL.
    Redirect(String),
}

/// A service that listens until it is dropped.
pub(crate) struct Fake {
    pub(crate) url: String,
    state: Arc<Mutex<Links>>,
    task: JoinHandle<()>,
}

/// The links that were opened.
#[derive(Clone)]
struct Links {
    opening: Opening,
    opened: usize,
    waiting: usize,
    most_waiting: usize,
    stalled_until: Instant,
}

type Shared = State<Arc<Mutex<Links>>>;

impl Fake {
    pub(crate) async fn start(opening: Opening) -> Self {
        let stalled_until = Instant::now();
        let links = Links { opening, opened: 0, waiting: 0, most_waiting: 0, stalled_until };
        let state = Arc::new(Mutex::new(links));
        let router = Router::new()
            .route("/", get(async || json!({ "name": "loop", "version": "fake" }).to_string()))
            .route("/registration", post(register))
            .route("/call-url", post(make))
            .route("/calls/{token}", get(open).post(call))
            .with_state(Arc::clone(&state));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, state, task }
    }

    /// Puts load on the service.
    pub(crate) async fn load(&self, arguments: &str) -> Run {
        loadtest(&format!("{arguments} --url {}", self.url)).await
    }

    /// Returns the number of links that were opened.
    pub(crate) fn opened(&self) -> usize {
        self.state.lock().unwrap().opened
    }

    /// Returns the largest number of links that waited for their pages at the same time.
    pub(crate) fn most_waiting(&self) -> usize {
        self.state.lock().unwrap().most_waiting
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Registers a device. The session is its push URL.
async fn register(body: Bytes) -> Response {
    let body: Value = serde_json::from_slice(&body).unwrap();
    let session = format!("{}; HttpOnly", body["simple_push_url"].as_str().unwrap());
    ([(header::SET_COOKIE, session)], "{}").into_response()
}

async fn make(headers: HeaderMap, body: Bytes) -> String {
    let wish: Value = serde_json::from_slice(&body).unwrap();
    let kind = if wish["valid_duration"] == 1 { "expired" } else { "good" };
    let token = format!("{kind}~{}", headers[header::COOKIE].to_str().unwrap().replace('/', "~"));
    // A client that uses this URL gets no response.
    json!({ "call_token": token, "call_url": "http://192.0.2.1/elsewhere" }).to_string()
}

async fn call(Path(token): Path<String>) -> String {
    let push_url = token.split_once('~').unwrap().1.replace('~', "/");
    let client = loop_outbound::client(Duration::from_secs(5)).unwrap().build().unwrap();
    client.put(push_url).body("version=1").send().await.unwrap();
    json!({ "notified": true }).to_string()
}

async fn open(State(state): Shared, Path(token): Path<String>) -> Response {
    if token.starts_with("expired") {
        return (StatusCode::GONE, json!({ "errno": 111 }).to_string()).into_response();
    }
    let links = {
        let mut links = state.lock().unwrap();
        links.opened += 1;
        links.waiting += 1;
        links.most_waiting = links.most_waiting.max(links.waiting);
        if let Opening::StallAt(number, stall) = links.opening
            && links.opened == number
        {
            links.stalled_until = Instant::now() + stall;
        }
        links.clone()
    };
    sleep_until(links.stalled_until.into()).await;
    state.lock().unwrap().waiting -= 1;
    match links.opening {
        Opening::Redirect(url) => (StatusCode::FOUND, [(header::LOCATION, url)]).into_response(),
        Opening::Page | Opening::StallAt(..) => "<!doctype html>".into_response(),
    }
}
