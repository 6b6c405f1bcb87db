//! What API Gateway's WebSocket API does in front of the channel's functions: connections become
//! events, and the functions reach connections by name.
//!
//! As on AWS, a message over 128 KiB or a frame over 32 KiB closes the connection (1009), so does
//! a binary frame (1003), ten silent minutes (1001) and an age of two hours (1001). Unlike on AWS,
//! where invocations for one connection may run at the same time and overtake each other, they run
//! here one after the other, in the order in which the messages came: that is kinder to whoever
//! reads the log. Nothing may depend on it.

mod connections;
mod event;
mod management;
mod socket;

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{
        State,
        ws::{WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Response},
    routing::any,
};
use loop_core::Clock;
use ring::rand::SystemRandom;
use serde_json::Value;
use tokio::time::timeout;

use crate::{
    event_handler::EventHandler,
    refusal::refusal,
    websocket_api::{connections::Connections, event::Peer, socket::Socket},
};

/// Where browsers connect to.
pub const PATH: &str = "/channel";
/// The part of the path that names the deployment, as on AWS.
pub const STAGE: &str = "local";

/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html>
pub const MESSAGE_MAX_BYTES: usize = 128 * 1024;
/// See there.
pub const FRAME_MAX_BYTES: usize = 32 * 1024;

/// How long a stop waits for connections to end.
const STOP_DEADLINE: Duration = Duration::from_secs(5);

/// What the gateway invokes.
#[derive(Clone, Debug)]
pub struct ChannelFunctions {
    /// `$connect`: before the handshake is answered. A status that is not a success refuses it.
    pub connect: EventHandler,
    /// `$default`: each message.
    pub message: EventHandler,
    /// `$disconnect`: once for each connection, when its socket is gone.
    pub disconnect: EventHandler,
}

/// How long a connection may last.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// Without a frame in either direction.
    pub idle: Duration,
    /// Altogether.
    pub lifetime: Duration,
}

/// The gateway. Clones are the same one.
#[derive(Clone, Debug)]
pub struct ChannelGateway(Arc<Gateway>);

#[derive(Debug)]
struct Gateway {
    functions: ChannelFunctions,
    timeouts: Timeouts,
    connections: Connections,
    clock: Clock,
    random: SystemRandom,
}

impl Default for Timeouts {
    /// Those of AWS.
    fn default() -> Self {
        Self { idle: Duration::from_secs(10 * 60), lifetime: Duration::from_secs(2 * 60 * 60) }
    }
}

impl ChannelGateway {
    /// A gateway without connections.
    pub fn new(functions: ChannelFunctions, clock: Clock) -> Self {
        Self::with_timeouts(functions, clock, Timeouts::default())
    }

    /// For who can't wait as long as on AWS.
    pub fn with_timeouts(functions: ChannelFunctions, clock: Clock, timeouts: Timeouts) -> Self {
        let (connections, random) = (Connections::default(), SystemRandom::new());
        Self(Arc::new(Gateway { functions, timeouts, connections, clock, random }))
    }

    /// What clients connect to.
    pub fn public_routes(&self) -> Router {
        Router::new().route(PATH, any(connect)).with_state(self.clone())
    }

    /// What functions send to and close connections with.
    pub fn management_routes(&self) -> Router {
        management::routes(self.clone())
    }

    /// How many connections the functions know of: from `$connect` until `$disconnect` is done.
    pub fn connections(&self) -> usize {
        self.0.connections.count()
    }

    /// Closes every connection, and waits until the functions know.
    pub async fn stop(&self) {
        self.0.connections.close_all(socket::GOING_AWAY);
        // A client that does not read keeps nobody from stopping.
        let _ = timeout(STOP_DEADLINE, self.0.connections.all_gone()).await;
    }
}

async fn connect(
    State(ChannelGateway(gateway)): State<ChannelGateway>,
    uri: Uri,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade,
        Err(rejection) => return refusal(rejection.into_response().status()),
    };
    let Ok(peer) = Peer::new(&gateway.random, gateway.clock.now(), &headers) else {
        return refusal(StatusCode::INTERNAL_SERVER_ERROR);
    };
    let event = event::connect(&peer, &uri, &headers, &gateway.clock, &gateway.random);
    match gateway.functions.connect.invoke(event).await {
        Ok(answer) => match status(&answer) {
            Some(status) if status.is_success() => {}
            Some(status) => return refusal(status),
            None => return refusal(StatusCode::BAD_GATEWAY),
        },
        Err(_) => return refusal(StatusCode::BAD_GATEWAY),
    }
    // The function believes in the connection from here on, and must hear of its end even when
    // the client never takes up the handshake. Whatever becomes of the upgrade drops this socket.
    let socket = Socket::new(gateway, peer);
    upgrade
        .max_message_size(MESSAGE_MAX_BYTES)
        .max_frame_size(FRAME_MAX_BYTES)
        .on_upgrade(move |stream| socket.serve(stream))
}

fn status(answer: &Value) -> Option<StatusCode> {
    StatusCode::from_u16(answer["statusCode"].as_u64()?.try_into().ok()?).ok()
}
