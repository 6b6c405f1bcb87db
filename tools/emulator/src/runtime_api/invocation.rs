//! An event on its way through a function.

use std::{fmt, process::ExitStatus, time::Duration};

use hyper::body::Bytes;
use serde_json::Value;
use tokio::{sync::oneshot, time::timeout};

/// The time that a function may take for one event, counted from when it is queued.
pub const INVOCATION_DEADLINE: Duration = Duration::from_secs(10);

/// The result that a function has sent for an event: a response, or an error.
pub(super) type Outcome = Result<Bytes, Bytes>;

/// An event that was queued and whose response can be awaited.
#[derive(Debug)]
pub struct Invocation(oneshot::Receiver<Outcome>);

/// The reasons why an event gets no response.
#[derive(Clone, Debug, PartialEq)]
pub enum InvocationError {
    /// The function reported an error for this event, with this JSON.
    Failed(Value),
    /// The process ended before it responded.
    Exited {
        /// The exit status of the process.
        status: ExitStatus,
        /// The text that it wrote to its standard error.
        stderr: String,
        /// The error that it reported to `init/error`, if any.
        init_error: Option<Value>,
    },
    /// No response came within [`INVOCATION_DEADLINE`].
    TimedOut,
    /// The response is not JSON.
    Unreadable(String),
}

impl Invocation {
    /// Returns an invocation and the sender for its outcome.
    pub(super) fn new() -> (Self, oneshot::Sender<Outcome>) {
        let (sender, receiver) = oneshot::channel();
        (Self(receiver), sender)
    }

    /// Waits for the response.
    ///
    /// # Errors
    /// The function reports an error, or does not respond in time. The end of a process is noticed
    /// only by [`LambdaProcess::response`](super::LambdaProcess::response).
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
