//! Every function of the service, built from one environment.

use std::{collections::BTreeMap, fmt, future::Future, pin::Pin, sync::Arc};

use lambda_http::request::LambdaRequest;
use loop_core::Settings;
use loop_http::{Clock, Endpoint, Function, Logger, Response};
use serde_json::Value;

type Answer = Pin<Box<dyn Future<Output = Response> + Send>>;
type Handler = Arc<dyn Fn(lambda_http::Request) -> Answer + Send + Sync>;

/// All functions by name.
#[derive(Clone)]
pub struct Functions(BTreeMap<&'static str, Handler>);

impl Functions {
    /// Builds all of them. The faults of all settings are reported together.
    pub fn from_settings(
        settings: &mut Settings<'_>,
        clock: &Clock,
        logger: &Logger,
    ) -> Option<Self> {
        let mut built = Vec::new();
        let mut add = |name, handler: Option<Handler>| built.push(handler.map(|it| (name, it)));
        let s = &mut *settings;
        add("create-call-url", handler::<create_call_url::CreateCallUrl>(s, clock, logger));
        add("heartbeat", handler::<heartbeat::Heartbeat>(s, clock, logger));
        add("list-calls", handler::<list_calls::ListCalls>(s, clock, logger));
        add("open-call-url", handler::<open_call_url::OpenCallUrl>(s, clock, logger));
        add("place-call", handler::<place_call::PlaceCall>(s, clock, logger));
        add("register", handler::<register::Register>(s, clock, logger));
        add("revoke-call-url", handler::<revoke_call_url::RevokeCallUrl>(s, clock, logger));
        add("service", handler::<service::Service>(s, clock, logger));
        add("unregister", handler::<unregister::Unregister>(s, clock, logger));
        built.into_iter().collect::<Option<_>>().map(Self)
    }

    /// The names of all functions.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.keys().copied()
    }

    /// Invokes a function with a gateway event (HTTP API, payload format 2.0), which is read the
    /// way the Lambda runtime reads it. `None`: no such function, or no such event.
    pub async fn invoke(&self, name: &str, event: Value) -> Option<Response> {
        let handler = self.0.get(name)?;
        let request: LambdaRequest = serde_json::from_value(event).ok()?;
        Some(handler(request.into()).await)
    }
}

impl fmt::Debug for Functions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.names()).finish()
    }
}

fn handler<E: Endpoint>(
    settings: &mut Settings<'_>,
    clock: &Clock,
    logger: &Logger,
) -> Option<Handler> {
    let function = Arc::new(Function::<E>::from_settings(settings, clock, logger.clone())?);
    Some(Arc::new(move |request| {
        let function = Arc::clone(&function);
        Box::pin(async move { function.respond(request).await })
    }))
}
