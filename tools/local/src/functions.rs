//! Every function of the service, built from one environment.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    fmt,
    future::Future,
    io,
    pin::Pin,
    sync::Arc,
};

use loop_core::{Clock, Settings};
use loop_lambda::{
    EventEdge, EventFunction, HttpEdge, HttpFunction, LogFormat, Logger, Response, event,
};
use serde_json::Value;

use crate::{channel_gateway::ChannelFunctions, event_handler::EventHandler};

type Answer = Pin<Box<dyn Future<Output = Response> + Send>>;
type Handler = Arc<dyn Fn(lambda_http::Request) -> Answer + Send + Sync>;

/// All functions.
#[derive(Clone)]
pub struct Functions {
    /// Those behind the HTTP API, by name.
    endpoints: BTreeMap<&'static str, Handler>,
    channel: ChannelFunctions,
    call_deadline: EventHandler,
}

type Builder<T> = fn(&mut Settings<'_>, &Clock, &Logger) -> Option<T>;

/// How each function behind the HTTP API is built.
const ENDPOINTS: [(&str, Builder<Handler>); 9] = [
    ("create-call-url", handler::<create_call_url::CreateCallUrl>),
    ("heartbeat", handler::<heartbeat::Heartbeat>),
    ("list-calls", handler::<list_calls::ListCalls>),
    ("open-call-url", handler::<open_call_url::OpenCallUrl>),
    ("place-call", handler::<place_call::PlaceCall>),
    ("register", handler::<register::Register>),
    ("revoke-call-url", handler::<revoke_call_url::RevokeCallUrl>),
    ("service", handler::<service::Service>),
    ("unregister", handler::<unregister::Unregister>),
];

/// The same for those that take other events.
const EVENT_FUNCTIONS: [(&str, Builder<EventHandler>); 4] = [
    ("call-deadline", event_handler::<call_deadline::CallDeadline>),
    ("channel-connect", event_handler::<channel_connect::ChannelConnect>),
    ("channel-disconnect", event_handler::<channel_disconnect::ChannelDisconnect>),
    ("channel-message", event_handler::<channel_message::ChannelMessage>),
];

impl Functions {
    /// Builds all of them. The faults of all settings are reported together.
    pub fn from_settings(
        settings: &mut Settings<'_>,
        clock: &Clock,
        logger: &Logger,
    ) -> Option<Self> {
        let endpoints =
            ENDPOINTS.map(|(name, build)| Some((name, build(settings, clock, logger)?)));
        let [call_deadline, connect, disconnect, message] =
            EVENT_FUNCTIONS.map(|(_, build)| build(settings, clock, logger));
        let channel =
            ChannelFunctions { connect: connect?, message: message?, disconnect: disconnect? };
        Some(Self {
            endpoints: endpoints.into_iter().collect::<Option<_>>()?,
            channel,
            call_deadline: call_deadline?,
        })
    }

    /// The settings that each function asks for, when it is given those that `lookup` finds.
    pub fn asked_settings(
        lookup: impl Fn(&str) -> Option<String>,
    ) -> BTreeMap<&'static str, BTreeSet<String>> {
        let endpoints = ENDPOINTS.map(|(name, build)| (name, asked_by(build, &lookup)));
        let others = EVENT_FUNCTIONS.map(|(name, build)| (name, asked_by(build, &lookup)));
        endpoints.into_iter().chain(others).collect()
    }

    /// The names of all functions.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        let endpoints = ENDPOINTS.iter().map(|(name, _)| *name);
        endpoints.chain(EVENT_FUNCTIONS.iter().map(|(name, _)| *name))
    }

    /// Invokes a function with a gateway event (HTTP API, payload format 2.0), which is read the
    /// way our Lambda binaries read it. `None`: no such function, or no such event.
    pub async fn invoke(&self, name: &str, event: Value) -> Option<Response> {
        let handler = self.endpoints.get(name)?;
        Some(handler(event::read(&event.to_string())?).await)
    }

    /// Those that take the events of the call channel's WebSocket API.
    pub fn channel(&self) -> ChannelFunctions {
        self.channel.clone()
    }

    /// The one that takes the events of the delay queue.
    pub fn call_deadline(&self) -> EventHandler {
        self.call_deadline.clone()
    }
}

impl fmt::Debug for Functions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.names()).finish()
    }
}

fn asked_by<T>(build: Builder<T>, lookup: &impl Fn(&str) -> Option<String>) -> BTreeSet<String> {
    let asked = RefCell::new(BTreeSet::new());
    let mut settings = Settings::new(|name| {
        asked.borrow_mut().insert(name.to_owned());
        lookup(name)
    });
    build(&mut settings, &Clock::system(), &Logger::new(LogFormat::Text, io::sink()));
    drop(settings);
    asked.into_inner()
}

fn handler<E: HttpFunction>(
    settings: &mut Settings<'_>,
    clock: &Clock,
    logger: &Logger,
) -> Option<Handler> {
    let function = Arc::new(HttpEdge::<E>::from_settings(settings, clock, logger.clone())?);
    Some(Arc::new(move |request| {
        let function = Arc::clone(&function);
        Box::pin(async move { function.respond(request).await })
    }))
}

fn event_handler<F: EventFunction>(
    settings: &mut Settings<'_>,
    clock: &Clock,
    logger: &Logger,
) -> Option<EventHandler> {
    let function = Arc::new(EventEdge::<F>::from_settings(settings, clock, logger.clone())?);
    Some(EventHandler::new(move |event| {
        let function = Arc::clone(&function);
        async move { Ok(function.respond(event).await) }
    }))
}
