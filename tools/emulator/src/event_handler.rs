//! A function that is invoked with events instead of HTTP requests.

use std::{fmt, future::Future, pin::Pin, sync::Arc};

use loop_core::{Clock, Settings};
use loop_lambda::{EventEdge, EventFunction, Logger};
use serde_json::Value;

type Outcome = Pin<Box<dyn Future<Output = Result<Value, FunctionError>> + Send>>;

/// The failure of a function, which the function has already logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FunctionError;

/// A function from event to response. Clones are the same function.
#[derive(Clone)]
pub struct EventHandler {
    handle: Arc<dyn Fn(Value) -> Outcome + Send + Sync>,
    /// The function itself, for its `Debug`.
    function: Arc<dyn fmt::Debug + Send + Sync>,
}

impl EventHandler {
    /// Returns a function that handles events with `handle`.
    pub fn new<F>(handle: impl Fn(Value) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<Value, FunctionError>> + Send + 'static,
    {
        Self {
            handle: Arc::new(move |event| Box::pin(handle(event))),
            function: Arc::new("EventHandler"),
        }
    }

    /// Builds the function `F` with the edge that it has on Lambda, or returns `None` when its
    /// settings are faulty.
    pub fn from_settings<F: EventFunction + fmt::Debug>(
        settings: &mut Settings<'_>,
        clock: &Clock,
        logger: &Logger,
    ) -> Option<Self> {
        let function = Arc::new(EventEdge::<F>::from_settings(settings, clock, logger.clone())?);
        let shared = Arc::clone(&function);
        let handle = move |event| {
            let function = Arc::clone(&shared);
            async move { Ok(function.respond(event).await) }
        };
        Some(Self { function, ..Self::new(handle) })
    }

    /// Returns the function itself, for its `Debug`.
    pub fn function(&self) -> &dyn fmt::Debug {
        &self.function
    }

    /// Invokes the function with an event.
    ///
    /// # Errors
    /// The function fails.
    pub async fn invoke(&self, event: Value) -> Result<Value, FunctionError> {
        (self.handle)(event).await
    }
}

impl fmt::Debug for EventHandler {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("EventHandler")
    }
}
