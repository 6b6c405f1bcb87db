//! Runs Lambda functions: reads their events, puts the same edge around all of them, writes one log
//! line for each event, and talks to the Lambda runtime.
//!
//! A function is a value that is built once from its settings. [`HttpFunction`] has one method from
//! an HTTP request to a response, and [`HttpEdge`] puts errors, CORS, security headers and the log
//! line around it. [`EventFunction`] handles the events of a queue or a WebSocket API, and
//! [`EventEdge`] does the same for it. The Lambda runtime ([`run_http`], [`run_events`]) and the
//! local server both call `respond` of an edge; nothing else differs between them.

#![warn(missing_docs)]

mod edge_log;
mod events;
mod http;
mod log;
mod panics;
mod runtime;

pub use events::{
    function::{EventEdge, EventFunction, EventItem},
    sqs::SqsMessage,
    websocket::WebSocketEvent,
};
pub use http::{
    accept, cors,
    error::{Error, RETRY_AFTER_OUTAGE},
    event,
    fields::{Fields, field, query_field},
    front::{Front, ORIGIN_SECRET},
    function::{HttpEdge, HttpFunction},
    language::preferred_language,
    pasted,
    request::{Request, Response, path_parameter},
    response, routes,
    session::Sessions,
    site::Site,
};
pub use lambda_http::http::StatusCode;
pub use log::{LogFormat, Logger};
pub use loop_page_model::Language;
pub use panics::hide_panic_messages;
pub use runtime::{run_events, run_http};
