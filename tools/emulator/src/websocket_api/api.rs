//! The parts of the API: its functions, limits and open connections.

use std::time::Duration;

use loop_core::Clock;
use ring::rand::SystemRandom;

use super::connections::Connections;
use crate::event_handler::EventHandler;

/// The longest message:
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html>.
pub const MESSAGE_MAX_BYTES: usize = 128 * 1024;
/// The longest frame, from the same page.
pub const FRAME_MAX_BYTES: usize = 32 * 1024;

/// The functions that the gateway invokes.
#[derive(Clone, Debug)]
pub struct ChannelFunctions {
    /// The function for `$connect`, invoked before the response to the handshake. A status that is
    /// not a success refuses the connection.
    pub connect: EventHandler,
    /// The function for `$default`, invoked for each message.
    pub message: EventHandler,
    /// The function for `$disconnect`, invoked once for each connection, when its socket is gone.
    pub disconnect: EventHandler,
}

/// The limits on the duration of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// The longest time without a frame in either direction.
    pub idle: Duration,
    /// The longest time altogether.
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
    /// Returns the timeouts of AWS.
    fn default() -> Self {
        Self { idle: Duration::from_secs(10 * 60), lifetime: Duration::from_secs(2 * 60 * 60) }
    }
}
