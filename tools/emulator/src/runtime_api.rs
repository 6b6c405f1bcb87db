//! Lambda, as a function sees it: the Runtime API
//! (<https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>) and the process that talks
//! to it.

mod process;

use std::{
    collections::HashMap,
    fmt, io,
    path::Path,
    process::ExitStatus,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use hyper::{Method, Request, body::Bytes, header::HeaderValue};
use loop_core::UnixMillis;
use serde_json::Value;
use tokio::{
    process::Command,
    sync::{mpsc, oneshot, watch},
    time::timeout,
};

pub use process::{LambdaProcess, Output};

use crate::loopback::{Answer, Loopback, answer};

/// How long a function may take for one event, counted from when it is queued.
pub const INVOCATION_DEADLINE: Duration = Duration::from_secs(10);

/// Below this path lies the whole API.
const ROOT: &str = "/2018-06-01/runtime/";

/// Why an event got no answer.
#[derive(Clone, Debug, PartialEq)]
pub enum InvocationError {
    /// The function reported an error for this event; this is its JSON.
    Failed(Value),
    /// The process ended first.
    Exited {
        /// How it ended.
        status: ExitStatus,
        /// What it wrote to stderr.
        stderr: String,
        /// What it reported to `init/error`, if it did.
        init_error: Option<Value>,
    },
    /// Nothing came within [`INVOCATION_DEADLINE`].
    TimedOut,
    /// The answer is not JSON.
    Unreadable(String),
}

/// The Runtime API on an ephemeral port of 127.0.0.1. Events wait in a queue until a function
/// asks for them, so one can be queued before the function is started. Clones share one queue.
#[derive(Clone, Debug)]
pub struct RuntimeApi {
    loopback: Arc<Loopback>,
    state: Arc<State>,
    /// `None` is the end.
    queue: mpsc::UnboundedSender<Option<Event>>,
    invocations: Arc<AtomicU64>,
}

/// An event that was queued.
#[derive(Debug)]
pub struct Invocation {
    answer: oneshot::Receiver<Result<Bytes, Bytes>>,
}

#[derive(Debug)]
struct Event {
    id: String,
    payload: String,
    answer: oneshot::Sender<Result<Bytes, Bytes>>,
}

#[derive(Debug)]
struct State {
    queued: tokio::sync::Mutex<mpsc::UnboundedReceiver<Option<Event>>>,
    /// Whether a function asks for an event and there is none.
    is_idle: watch::Sender<bool>,
    /// Those that a function is working on, by id.
    running: Mutex<HashMap<String, oneshot::Sender<Result<Bytes, Bytes>>>>,
    init_error: Mutex<Option<Value>>,
}

impl RuntimeApi {
    /// Listens from now on.
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

    /// What `AWS_LAMBDA_RUNTIME_API` says: address and port.
    pub fn address(&self) -> String {
        self.loopback.address().to_string()
    }

    /// Puts an event at the end of the queue.
    pub fn queue(&self, event: Value) -> Invocation {
        self.queue_text(event.to_string())
    }

    /// Puts a text at the end of the queue that may be no JSON, or JSON that no [`Value`] can hold.
    pub fn queue_text(&self, event: impl Into<String>) -> Invocation {
        let number = self.invocations.fetch_add(1, Ordering::SeqCst) + 1;
        let id = format!("00000000-0000-4000-8000-{number:012}");
        let (sender, receiver) = oneshot::channel();
        self.put(Some(Event { id, payload: event.into(), answer: sender }));
        Invocation { answer: receiver }
    }

    /// Puts the end behind all events in the queue: the function that asks after them finds that
    /// the API is gone. Functions on `lambda_runtime` then end by themselves.
    pub fn end(&self) {
        self.put(None);
    }

    /// Starts a function in an environment that holds what Lambda puts there (with credentials
    /// that are good for nothing) and `environment`, and nothing else.
    ///
    /// # Errors
    /// The binary cannot be started.
    pub fn spawn(&self, binary: &Path, environment: &[(&str, &str)]) -> io::Result<LambdaProcess> {
        LambdaProcess::spawn(self.clone(), Command::new(binary), environment)
    }

    /// The same through a wrapper, as with Lambda's `AWS_LAMBDA_EXEC_WRAPPER`: a program with its
    /// arguments, which gets the binary as one more.
    ///
    /// # Errors
    /// The wrapper cannot be started.
    pub fn spawn_wrapped(
        &self,
        wrapper: &[&str],
        binary: &Path,
        environment: &[(&str, &str)],
    ) -> io::Result<LambdaProcess> {
        let Some((program, arguments)) = wrapper.split_first() else {
            return self.spawn(binary, environment);
        };
        let mut command = Command::new(program);
        command.args(arguments).arg(binary);
        LambdaProcess::spawn(self.clone(), command, environment)
    }

    /// From now on no function is idle, although the one that waits has not noticed yet.
    fn put(&self, event: Option<Event>) {
        self.state.is_idle.send_modify(|is_idle| {
            self.queue.send(event).expect("the server lives as long as this value");
            *is_idle = false;
        });
    }
}

impl Invocation {
    /// The answer, once it is there.
    ///
    /// # Errors
    /// [`InvocationError`]; a process that ends is not noticed here, only by
    /// [`LambdaProcess::answer`].
    pub async fn answer(self) -> Result<Value, InvocationError> {
        let parse = |body: Bytes| {
            let text = || String::from_utf8_lossy(&body).into_owned();
            serde_json::from_slice(&body).map_err(|_| InvocationError::Unreadable(text()))
        };
        match timeout(INVOCATION_DEADLINE, self.answer).await {
            Ok(Ok(Ok(answer))) => parse(answer),
            Ok(Ok(Err(error))) => Err(InvocationError::Failed(parse(error)?)),
            // The sender is dropped only with the server.
            Ok(Err(_)) | Err(_) => Err(InvocationError::TimedOut),
        }
    }
}

impl State {
    fn finish(&self, id: &str, result: Result<Bytes, Bytes>) -> bool {
        let answer = self.running.lock().unwrap().remove(id);
        // Nobody waits any more for one that has timed out.
        answer.map(|answer| answer.send(result)).is_some()
    }
}

async fn respond(state: Arc<State>, request: Request<Bytes>) -> Answer {
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
            *state.init_error.lock().unwrap() = Some(error);
            accepted(true)
        }
        _ => answer(404, "application/json", "{}"),
    }
}

/// Waits as long as it takes. A function whose connection is known to be closed gets no event.
async fn next(state: &State) -> Answer {
    let event = {
        let mut queued = state.queued.lock().await;
        let _idle = Idle::begin(&state.is_idle, || queued.is_empty());
        queued.recv().await??
    };
    let mut answer = answer(200, "application/json", event.payload)?;
    let deadline = UnixMillis::from(SystemTime::now() + INVOCATION_DEADLINE).0.to_string();
    for (name, value) in [
        ("lambda-runtime-aws-request-id", event.id.as_str()),
        ("lambda-runtime-deadline-ms", deadline.as_str()),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:us-east-1:123456789012:function:test",
        ),
        ("lambda-runtime-trace-id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0"),
    ] {
        answer.headers_mut().insert(name, HeaderValue::from_str(value).expect("ASCII"));
    }
    state.running.lock().unwrap().insert(event.id, event.answer);
    Some(answer)
}

/// A function asks for an event as long as this is there: also one that goes away drops it.
struct Idle<'a>(&'a watch::Sender<bool>);

impl<'a> Idle<'a> {
    /// It waits unless there is one, and none is put there while that is looked up.
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

fn accepted(is_known: bool) -> Answer {
    if is_known {
        answer(202, "application/json", r#"{"status":"OK"}"#)
    } else {
        answer(400, "application/json", r#"{"errorType":"InvalidRequestID"}"#)
    }
}

impl fmt::Display for InvocationError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(error) => write!(formatter, "the function failed: {error}"),
            Self::Exited { status, stderr, init_error } => {
                write!(formatter, "the process ended ({status}): {stderr}")?;
                init_error.iter().try_for_each(|error| write!(formatter, "; init: {error}"))
            }
            Self::TimedOut => formatter.write_str("no answer before the deadline"),
            Self::Unreadable(text) => write!(formatter, "the answer is not JSON: {text}"),
        }
    }
}

impl std::error::Error for InvocationError {}
