//! The HTTP server that functions ask for events.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::SystemTime,
};

use hyper::{Method, Request, body::Bytes, header::HeaderValue};
use loop_core::UnixMillis;
use serde_json::Value;
use tokio::sync::{mpsc, oneshot, watch};

use super::invocation::{INVOCATION_DEADLINE, Invocation, Outcome};
use crate::loopback::{Loopback, Response, response};

/// The path below which the whole API lies.
const ROOT: &str = "/2018-06-01/runtime/";

/// The Runtime API on an ephemeral port of 127.0.0.1. Events wait in a queue until a function asks
/// for them, so an event can be queued before the function is started. Clones share one queue.
#[derive(Clone, Debug)]
pub struct RuntimeApi {
    loopback: Arc<Loopback>,
    state: Arc<State>,
    /// The queue of events; `None` marks its end.
    queue: mpsc::UnboundedSender<Option<Event>>,
    invocations: Arc<AtomicU64>,
}

#[derive(Debug)]
struct Event {
    id: String,
    payload: String,
    outcome: oneshot::Sender<Outcome>,
}

#[derive(Debug)]
struct State {
    queued: tokio::sync::Mutex<mpsc::UnboundedReceiver<Option<Event>>>,
    /// True if a function asks for an event and the queue is empty.
    is_idle: watch::Sender<bool>,
    /// The outcomes that invocations wait for, by the id of the event.
    running: Mutex<HashMap<String, oneshot::Sender<Outcome>>>,
    init_error: Mutex<Option<Value>>,
}

impl RuntimeApi {
    /// Starts the server.
    pub async fn start() -> Self {
        let (queue, queued) = mpsc::unbounded_channel();
        let state = Arc::new(State {
            queued: tokio::sync::Mutex::new(queued),
            is_idle: watch::Sender::new(false),
            running: Mutex::new(HashMap::new()),
            init_error: Mutex::new(None),
        });
        let shared = Arc::clone(&state);
        let loopback = Loopback::start(move |request| respond(Arc::clone(&shared), request)).await;
        Self { loopback: Arc::new(loopback), state, queue, invocations: Arc::default() }
    }

    /// Returns the value of `AWS_LAMBDA_RUNTIME_API`: address and port.
    pub fn address(&self) -> String {
        self.loopback.address().to_string()
    }

    /// Puts an event at the end of the queue.
    pub fn queue(&self, event: Value) -> Invocation {
        self.queue_text(event.to_string())
    }

    /// Puts a text at the end of the queue. It may be no JSON, or JSON that no [`Value`] can hold.
    pub fn queue_text(&self, event: impl Into<String>) -> Invocation {
        let number = self.invocations.fetch_add(1, Ordering::SeqCst) + 1;
        let id = format!("00000000-0000-4000-8000-{number:012}");
        let (invocation, outcome) = Invocation::new();
        self.put(Some(Event { id, payload: event.into(), outcome }));
        invocation
    }

    /// Marks the end of the queue. The function that asks for an event after the last one finds
    /// that the API is gone; functions on `lambda_runtime` then end by themselves.
    pub fn end(&self) {
        self.put(None);
    }

    /// Returns a receiver of whether a function waits for an event.
    pub(super) fn is_idle(&self) -> watch::Receiver<bool> {
        self.state.is_idle.subscribe()
    }

    /// Returns the error that the function has reported to `init/error`, if any.
    pub(super) fn init_error(&self) -> Option<Value> {
        lock(&self.state.init_error).clone()
    }

    /// Queues an event, or the end of the queue. No function counts as idle from then on, although
    /// a waiting one has not noticed yet.
    fn put(&self, event: Option<Event>) {
        self.state.is_idle.send_modify(|is_idle| {
            self.queue.send(event).expect("the server lives as long as this value");
            *is_idle = false;
        });
    }
}

impl State {
    fn finish(&self, id: &str, outcome: Outcome) -> bool {
        let waiting = lock(&self.running).remove(id);
        // An invocation that has timed out no longer waits.
        waiting.map(|waiting| waiting.send(outcome)).is_some()
    }
}

async fn respond(state: Arc<State>, request: Request<Bytes>) -> Response {
    let path = request.uri().path().to_owned();
    let segments: Vec<&str> = path.strip_prefix(ROOT).unwrap_or_default().split('/').collect();
    let body = request.body().clone();
    match (request.method(), segments.as_slice()) {
        (&Method::GET, ["invocation", "next"]) => next(&state).await,
        (&Method::POST, ["invocation", id, "response"]) => accepted(state.finish(id, Ok(body))),
        (&Method::POST, ["invocation", id, "error"]) => accepted(state.finish(id, Err(body))),
        (&Method::POST, ["init", "error"]) => {
            let text = || Value::String(String::from_utf8_lossy(&body).into_owned());
            let error = serde_json::from_slice(&body).unwrap_or_else(|_| text());
            *lock(&state.init_error) = Some(error);
            accepted(true)
        }
        _ => response(404, "application/json", "{}"),
    }
}

/// Waits for the next event and responds with it. A function whose connection is known to be closed
/// gets no event.
async fn next(state: &State) -> Response {
    let event = {
        let mut queued = state.queued.lock().await;
        let _idle = Idle::begin(&state.is_idle, || queued.is_empty());
        queued.recv().await??
    };
    let mut response = response(200, "application/json", event.payload)?;
    let deadline = UnixMillis::from(SystemTime::now() + INVOCATION_DEADLINE).get().to_string();
    for (name, value) in [
        ("lambda-runtime-aws-request-id", event.id.as_str()),
        ("lambda-runtime-deadline-ms", deadline.as_str()),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:us-east-1:123456789012:function:test",
        ),
        ("lambda-runtime-trace-id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_str(value).expect("ASCII"));
    }
    lock(&state.running).insert(event.id, event.outcome);
    Some(response)
}

/// A mark that a function waits for an event. It is removed even when the function goes away.
struct Idle<'a>(&'a watch::Sender<bool>);

impl<'a> Idle<'a> {
    /// Marks the function as idle unless there is an event. No event is queued during the decision.
    fn begin(is_idle: &'a watch::Sender<bool>, is_empty: impl FnOnce() -> bool) -> Self {
        is_idle.send_modify(|is_idle| *is_idle = is_empty());
        Self(is_idle)
    }
}

impl Drop for Idle<'_> {
    fn drop(&mut self) {
        self.0.send_replace(false);
    }
}

fn accepted(is_known: bool) -> Response {
    if is_known {
        response(202, "application/json", r#"{"status":"OK"}"#)
    } else {
        response(400, "application/json", r#"{"errorType":"InvalidRequestID"}"#)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
