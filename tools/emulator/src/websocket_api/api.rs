//! What the API consists of: its functions, limits and open connections.

use std::time::Duration;

use loop_core::Clock;
use ring::rand::SystemRandom;

use super::connections::Connections;
use crate::event_handler::EventHandler;

/// The path that browsers connect to.
pub const PATH: &str = "/channel";
/// The part of the path that names the deployment, as on AWS.
pub const STAGE: &str = "local";

/// The longest message:
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html>.
pub const MESSAGE_MAX_BYTES: usize = 128 * 1024;
/// The longest frame, from the same page.
pub const FRAME_MAX_BYTES: usize = 32 * 1024;

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

/// The state that all connections share.
#[derive(Debug)]
pub(super) struct Api {
    pub(super) functions: ChannelFunctions,
    pub(super) timeouts: Timeouts,
    pub(super) connections: Connections,
    pub(super) clock: Clock,
    pub(super) random: SystemRandom,
}

impl Default for Timeouts {
    /// Returns those of AWS.
    fn default() -> Self {
        Self { idle: Duration::from_secs(10 * 60), lifetime: Duration::from_secs(2 * 60 * 60) }
    }
}
