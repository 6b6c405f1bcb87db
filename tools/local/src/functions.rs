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

/// All functions.
#[derive(Clone)]
pub struct Functions {
    /// Those behind the HTTP API, by name.
    endpoints: HttpHandlers,
    channel: ChannelFunctions,
    call_deadline: EventHandler,
}

type Builder<T> = fn(&mut Settings<'_>, &Clock, &Logger) -> Option<T>;

/// How each function behind the HTTP API is built.
const ENDPOINTS: [(&str, Builder<HttpHandler>); 9] = [
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

/// The same for those that take other events.
const EVENT_FUNCTIONS: [(&str, Builder<EventHandler>); 4] = [
    ("call-deadline", EventHandler::from_settings::<call_deadline::CallDeadline>),
    ("channel-connect", EventHandler::from_settings::<channel_connect::ChannelConnect>),
    ("channel-disconnect", EventHandler::from_settings::<channel_disconnect::ChannelDisconnect>),
    ("channel-message", EventHandler::from_settings::<channel_message::ChannelMessage>),
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

    /// Those behind the HTTP API, by name.
    pub fn http(&self) -> HttpHandlers {
        self.endpoints.clone()
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
