//! The gateway: handshakes, and the connections that follow them.

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

use super::{
    address::PATH,
    api::{Api, ChannelFunctions, FRAME_MAX_BYTES, MESSAGE_MAX_BYTES, Timeouts},
    connections::{Connection, Connections},
    event::{self, Peer},
    management::{Description, Management, ManagementError, management_routes},
    socket::{self, Socket},
};
use crate::gateway_error::gateway_error;

/// The longest time that a stop waits for connections to end.
const STOP_DEADLINE: Duration = Duration::from_secs(5);

/// A gateway. Clones share one state.
#[derive(Clone, Debug)]
pub struct ChannelGateway(Arc<Api>);

impl ChannelGateway {
    /// Returns a gateway without connections.
    pub fn new(functions: ChannelFunctions, clock: Clock) -> Self {
        Self::with_timeouts(functions, clock, Timeouts::default())
    }

    /// Returns a gateway whose connections end sooner than on AWS, for tests.
    pub fn with_timeouts(functions: ChannelFunctions, clock: Clock, timeouts: Timeouts) -> Self {
        let (connections, random) = (Connections::default(), SystemRandom::new());
        Self(Arc::new(Api { functions, timeouts, connections, clock, random }))
    }

    /// Returns the routes that clients connect to.
    pub fn public_routes(&self) -> Router {
        Router::new().route(PATH, any(connect)).with_state(self.clone())
    }

    /// Returns the routes by which functions send to connections and close them.
    pub fn management_routes(&self) -> Router {
        management_routes(self.clone())
    }

    /// Returns the number of connections that the functions know of: from `$connect` until
    /// `$disconnect` is done.
    pub fn connections(&self) -> usize {
        self.0.connections.count()
    }

    /// Closes every connection, and waits until the functions know of it.
    pub async fn stop(&self) {
        self.0.connections.close_all(socket::GOING_AWAY);
        // A client that does not read must not hold up the stop.
        let _ = timeout(STOP_DEADLINE, self.0.connections.all_gone()).await;
    }

    fn find(&self, connection: &str) -> Result<Connection, ManagementError> {
        self.0.connections.find(connection).ok_or(ManagementError::Gone)
    }
}

impl Management for ChannelGateway {
    async fn send(&self, connection: &str, text: &str) -> Result<(), ManagementError> {
        let connection = self.find(connection)?;
        connection.send(text.into()).await.ok_or(ManagementError::Gone)?;
        connection.touch(self.0.clock.now());
        Ok(())
    }

    async fn close(&self, connection: &str) -> Result<(), ManagementError> {
        self.find(connection)?.close(socket::NORMAL).await.ok_or(ManagementError::Gone)
    }

    async fn describe(&self, connection: &str) -> Result<Description, ManagementError> {
        let connection = self.find(connection)?;
        Ok(Description {
            connected_at: connection.peer.connected_at,
            last_active_at: connection.last_active(),
            identity: connection.peer.identity(),
        })
    }
}

async fn connect(
    State(ChannelGateway(api)): State<ChannelGateway>,
    uri: Uri,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade,
        Err(rejection) => return gateway_error(rejection.into_response().status()),
    };
    let Ok(peer) = Peer::new(&api.random, api.clock.now(), &headers) else {
        return gateway_error(StatusCode::INTERNAL_SERVER_ERROR);
    };
    let event = event::connect(&peer, &uri, &headers, &api.clock, &api.random);
    match api.functions.connect.invoke(event).await {
        Ok(response) => match status(&response) {
            Some(status) if status.is_success() => {}
            Some(status) => return gateway_error(status),
            None => return gateway_error(StatusCode::BAD_GATEWAY),
        },
        Err(_) => return gateway_error(StatusCode::BAD_GATEWAY),
    }
    // From here on the function knows of the connection, and must learn of its end even when the
    // client never completes the handshake. Every end of the upgrade drops this socket.
    let socket = Socket::new(api, peer);
    upgrade
        .max_message_size(MESSAGE_MAX_BYTES)
        .max_frame_size(FRAME_MAX_BYTES)
        .on_upgrade(move |stream| socket.serve(stream))
}

fn status(response: &Value) -> Option<StatusCode> {
    StatusCode::from_u16(response["statusCode"].as_u64()?.try_into().ok()?).ok()
}
