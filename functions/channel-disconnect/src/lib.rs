//! `$disconnect` of the call channel: a connection is gone, for whatever reason.

use loop_channel::Channel;
use loop_core::{Settings, progress::ConnectionId};
use loop_lambda::{Clock, Error, EventFunction, Notes, SocketEvent, StatusCode};

/// Takes connections out of their calls.
#[derive(Debug)]
pub struct ChannelDisconnect {
    channel: Channel,
}

impl EventFunction for ChannelDisconnect {
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
        self.channel.disconnected(&connection, notes).await?;
        Ok(StatusCode::OK)
    }
}
