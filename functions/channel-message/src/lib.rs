//! `$default` of the call channel: every message of every client.

use loop_channel::Channel;
use loop_core::{Settings, progress::ConnectionId};
use loop_lambda::{Clock, Error, EventFunction, Notes, SocketEvent, StatusCode};

/// Receives messages. Whatever there is to say to the client goes over the connection; the answer
/// to the gateway only says whether the function worked.
#[derive(Debug)]
pub struct ChannelMessage {
    channel: Channel,
}

impl EventFunction for ChannelMessage {
    type Item = SocketEvent;

    fn from_settings(settings: &mut Settings<'_>, clock: &Clock) -> Option<Self> {
        Some(Self { channel: Channel::from_settings(settings, clock)? })
    }

    async fn warm(&self) {
        self.channel.warm().await;
    }

    async fn handle(&self, event: &SocketEvent, notes: &mut Notes) -> Result<StatusCode, Error> {
        notes.add("connection", event.connection_id());
        let connection = ConnectionId::new(event.connection_id());
        self.channel.message(&connection, event.body(), notes).await?;
        Ok(StatusCode::OK)
    }
}
