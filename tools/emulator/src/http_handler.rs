//! A function that is invoked with requests of the HTTP API.

use std::{fmt, future::Future, pin::Pin, sync::Arc};

use loop_core::{Clock, Settings};
use loop_lambda::{HttpEdge, HttpFunction, Logger, Response, event};
use serde_json::Value;

type Responding = Pin<Box<dyn Future<Output = Response> + Send>>;

/// A function from request to response. Clones are the same function.
#[derive(Clone)]
pub struct HttpHandler {
    respond: Arc<dyn Fn(lambda_http::Request) -> Responding + Send + Sync>,
    /// The function itself, for its `Debug`.
    function: Arc<dyn fmt::Debug + Send + Sync>,
}

impl HttpHandler {
    /// Builds the function `F` with the edge that it has on Lambda, or returns `None` when its
    /// settings are faulty.
    pub fn from_settings<F: HttpFunction + fmt::Debug>(
        settings: &mut Settings<'_>,
        clock: &Clock,
        logger: &Logger,
    ) -> Option<Self> {
        let function = Arc::new(HttpEdge::<F>::from_settings(settings, clock, logger.clone())?);
        let shared = Arc::clone(&function);
        let respond = Arc::new(move |request| -> Responding {
            let function = Arc::clone(&shared);
            Box::pin(async move { function.respond(request).await })
        });
        Some(Self { respond, function })
    }

    /// Returns the function itself, for its `Debug`.
    pub fn function(&self) -> &dyn fmt::Debug {
        &self.function
    }

    /// Invokes the function with an event of payload format 2.0, which is read the way our Lambda
    /// binaries read it. Returns `None` for an event of another format.
    pub async fn invoke(&self, event: &Value) -> Option<Response> {
        Some((self.respond)(event::read(&event.to_string())?).await)
    }
}

impl fmt::Debug for HttpHandler {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("HttpHandler")
    }
}
