//! Every function of the service, built from one environment.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    fmt, io,
};

use emulator::{
    event_handler::EventHandler, http_api::HttpHandlers, http_handler::HttpHandler,
    websocket_api::ChannelFunctions,
};
use loop_core::{Clock, Settings};
use loop_lambda::{LogFormat, Logger};

/// All functions of the service.
#[derive(Clone)]
pub struct Functions {
    /// The functions behind the HTTP API, by name.
    endpoints: HttpHandlers,
    channel: ChannelFunctions,
    deadline: EventHandler,
}

type Builder<T> = fn(&mut Settings<'_>, &Clock, &Logger) -> Option<T>;

/// The name of a function, which is that of its package, and its constructor.
type Entry<T> = (&'static str, Builder<T>);

/// The functions behind the HTTP API.
const HTTP_FUNCTIONS: &[Entry<HttpHandler>] = &[
    ("create-call-url", HttpHandler::from_settings::<create_call_url::CreateCallUrl>),
    ("heartbeat", HttpHandler::from_settings::<heartbeat::Heartbeat>),
    ("list-calls", HttpHandler::from_settings::<list_calls::ListCalls>),
    ("open-call-url", HttpHandler::from_settings::<open_call_url::OpenCallUrl>),
    ("place-call", HttpHandler::from_settings::<place_call::PlaceCall>),
    ("register", HttpHandler::from_settings::<register::Register>),
    ("revoke-call-url", HttpHandler::from_settings::<revoke_call_url::RevokeCallUrl>),
    ("service", HttpHandler::from_settings::<service::Service>),
    ("unregister", HttpHandler::from_settings::<unregister::Unregister>),
];

// The functions that take other events: one for the queue, three for the WebSocket API.
const DEADLINE: Entry<EventHandler> =
    ("call-deadline", EventHandler::from_settings::<call_deadline::CallDeadline>);
const CONNECT: Entry<EventHandler> =
    ("channel-connect", EventHandler::from_settings::<channel_connect::ChannelConnect>);
const DISCONNECT: Entry<EventHandler> =
    ("channel-disconnect", EventHandler::from_settings::<channel_disconnect::ChannelDisconnect>);
const MESSAGE: Entry<EventHandler> =
    ("channel-message", EventHandler::from_settings::<channel_message::ChannelMessage>);

const EVENT_FUNCTIONS: &[Entry<EventHandler>] = &[DEADLINE, CONNECT, DISCONNECT, MESSAGE];

impl Functions {
    /// Builds all functions. The faults of all settings are reported together.
    pub fn from_settings(
        settings: &mut Settings<'_>,
        clock: &Clock,
        logger: &Logger,
    ) -> Option<Self> {
        let endpoints: Vec<_> = HTTP_FUNCTIONS
            .iter()
            .map(|(name, build)| Some((*name, build(settings, clock, logger)?)))
            .collect();
        let mut build = |(_, build): Entry<EventHandler>| build(settings, clock, logger);
        let (deadline, connect) = (build(DEADLINE), build(CONNECT));
        let (disconnect, message) = (build(DISCONNECT), build(MESSAGE));
        let channel =
            ChannelFunctions { connect: connect?, message: message?, disconnect: disconnect? };
        Some(Self {
            endpoints: endpoints.into_iter().collect::<Option<_>>()?,
            channel,
            deadline: deadline?,
        })
    }

    /// Returns the settings that each function asks for when `lookup` gives their values.
    pub fn asked_settings(
        lookup: impl Fn(&str) -> Option<String>,
    ) -> BTreeMap<&'static str, BTreeSet<String>> {
        let endpoints =
            HTTP_FUNCTIONS.iter().map(|(name, build)| (*name, asked_by(*build, &lookup)));
        let others = EVENT_FUNCTIONS.iter().map(|(name, build)| (*name, asked_by(*build, &lookup)));
        endpoints.chain(others).collect()
    }

    /// Returns the names of all functions.
    pub fn names() -> impl Iterator<Item = &'static str> {
        let endpoints = HTTP_FUNCTIONS.iter().map(|(name, _)| *name);
        endpoints.chain(EVENT_FUNCTIONS.iter().map(|(name, _)| *name))
    }

    /// Returns the functions behind the HTTP API, by name.
    pub fn http(&self) -> HttpHandlers {
        self.endpoints.clone()
    }

    /// Returns the functions that take the events of the call channel's WebSocket API.
    pub fn channel(&self) -> ChannelFunctions {
        self.channel.clone()
    }

    /// Returns the function that takes the events of the delay queue.
    pub fn deadline(&self) -> EventHandler {
        self.deadline.clone()
    }
}

impl fmt::Debug for Functions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(Self::names()).finish()
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
