//! A service that answers as Loop does, and stalls or redirects when it is told.

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

/// What becomes of links that are opened.
#[derive(Clone, Debug)]
pub(crate) enum Opening {
    /// They show a page.
    Page,
    /// The same; but this one, counted from 1, makes all wait that come within this time.
    StallAt(usize, Duration),
    /// They redirect to this URL.
    Redirect(String),
}

/// Listens until it is dropped.
pub(crate) struct Fake {
    pub(crate) url: String,
    fake: Arc<Mutex<Inside>>,
    task: JoinHandle<()>,
}

struct Inside {
    opening: Opening,
    push_urls: Vec<String>,
    opened: usize,
    waiting: usize,
    most_waiting: usize,
    stalled_until: Instant,
}

impl Fake {
    pub(crate) async fn start(opening: Opening) -> Self {
        let inside = Inside {
            opening,
            push_urls: Vec::new(),
            opened: 0,
            waiting: 0,
            most_waiting: 0,
            stalled_until: Instant::now(),
        };
        let fake = Arc::new(Mutex::new(inside));
        let router = Router::new()
            .route("/", get(async || json!({ "name": "loop", "version": "fake" }).to_string()))
            .route("/registration", post(register))
            .route("/call-url", post(make))
            .route("/calls/{token}", get(open).post(call))
            .with_state(Arc::clone(&fake));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, fake, task }
    }

    /// How many links were opened.
    pub(crate) fn opened(&self) -> usize {
        self.fake.lock().unwrap().opened
    }

    /// How many of those who opened links have waited at the same time.
    pub(crate) fn most_waiting(&self) -> usize {
        self.fake.lock().unwrap().most_waiting
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.task.abort();
    }
}

type Shared = State<Arc<Mutex<Inside>>>;

/// The session is the number of the callee.
async fn register(State(fake): Shared, body: Bytes) -> Response {
    let body: Value = serde_json::from_slice(&body).unwrap();
    let push_urls = &mut fake.lock().unwrap().push_urls;
    push_urls.push(body["simple_push_url"].as_str().unwrap().to_owned());
    ([(header::SET_COOKIE, format!("{}; HttpOnly", push_urls.len() - 1))], "{}").into_response()
}

async fn make(headers: HeaderMap, body: Bytes) -> String {
    let wish: Value = serde_json::from_slice(&body).unwrap();
    let callee = headers[header::COOKIE].to_str().unwrap();
    let kind = if wish["valid_duration"] == 1 { "expired" } else { "good" };
    let token = format!("{kind}-{callee}-{}", "x".repeat(40));
    // Whoever follows this is somewhere else.
    json!({ "call_token": token, "call_url": "http://192.0.2.1/elsewhere" }).to_string()
}

async fn call(State(fake): Shared, Path(token): Path<String>) -> String {
    let callee: usize = token.split('-').nth(1).unwrap().parse().unwrap();
    let push_url = fake.lock().unwrap().push_urls[callee].clone();
    let client = loop_outbound::client(Duration::from_secs(5)).unwrap().build().unwrap();
    client.put(push_url).body("version=1").send().await.unwrap();
    json!({ "notified": true }).to_string()
}

async fn open(State(fake): Shared, Path(token): Path<String>) -> Response {
    if token.starts_with("expired") {
        return (StatusCode::GONE, json!({ "errno": 111 }).to_string()).into_response();
    }
    let (opening, stalled_until) = {
        let mut fake = fake.lock().unwrap();
        fake.opened += 1;
        fake.waiting += 1;
        fake.most_waiting = fake.most_waiting.max(fake.waiting);
        if let Opening::StallAt(number, stall) = fake.opening
            && fake.opened == number
        {
            fake.stalled_until = Instant::now() + stall;
        }
        (fake.opening.clone(), fake.stalled_until)
    };
    sleep_until(stalled_until.into()).await;
    fake.lock().unwrap().waiting -= 1;
    match opening {
        Opening::Redirect(url) => (StatusCode::FOUND, [(header::LOCATION, url)]).into_response(),
        Opening::Page | Opening::StallAt(..) => "<!doctype html>".into_response(),
    }
}
