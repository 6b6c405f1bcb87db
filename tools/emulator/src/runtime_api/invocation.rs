//! An event on its way through a function.

use std::{fmt, process::ExitStatus, time::Duration};

use hyper::body::Bytes;
use serde_json::Value;
use tokio::{sync::oneshot, time::timeout};

/// How long a function may take for one event, counted from when it is queued.
pub const INVOCATION_DEADLINE: Duration = Duration::from_secs(10);

/// What a function has sent for an event: a response, or an error.
pub(super) type Outcome = Result<Bytes, Bytes>;

/// An event that was queued.
#[derive(Debug)]
pub struct Invocation(oneshot::Receiver<Outcome>);

/// Why an event got no response.
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
    /// The response is not JSON.
    Unreadable(String),
}

impl Invocation {
    /// Returns an invocation, and where its outcome is to be sent.
    pub(super) fn new() -> (Self, oneshot::Sender<Outcome>) {
        let (sender, receiver) = oneshot::channel();
        (Self(receiver), sender)
    }

    /// Waits for the response.
    ///
    /// # Errors
    /// [`InvocationError`]; a process that ends is not noticed here, only by
    /// [`LambdaProcess::response`](super::LambdaProcess::response).
    pub async fn response(self) -> Result<Value, InvocationError> {
        let parse = |body: Bytes| {
            let text = || String::from_utf8_lossy(&body).into_owned();
            serde_json::from_slice(&body).map_err(|_| InvocationError::Unreadable(text()))
        };
        match timeout(INVOCATION_DEADLINE, self.0).await {
            Ok(Ok(Ok(response))) => parse(response),
            Ok(Ok(Err(error))) => Err(InvocationError::Failed(parse(error)?)),
            // The sender is dropped only with the server.
            Ok(Err(_)) | Err(_) => Err(InvocationError::TimedOut),
        }
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
            Self::TimedOut => formatter.write_str("no response before the deadline"),
            Self::Unreadable(text) => write!(formatter, "the response is not JSON: {text}"),
        }
    }
}

impl std::error::Error for InvocationError {}
