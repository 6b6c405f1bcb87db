//! `$disconnect` of the call channel: a connection is gone, for any reason.

use loop_channel::Channel;
use loop_core::{Clock, Counters, LogFields, Settings, progress::ConnectionId};
use loop_lambda::{Error, EventFunction, StatusCode, WebSocketEvent};

/// The function that removes connections from their calls.
#[derive(Debug)]
pub struct ChannelDisconnect {
    channel: Channel,
}

impl EventFunction for ChannelDisconnect {
    type Item = WebSocketEvent;

    fn from_settings(settings: &mut Settings<'_>, clock: &Clock) -> Option<Self> {
        Some(Self { channel: Channel::from_settings(settings, clock)? })
    }

    async fn warm(&self) {
        self.channel.warm().await;
    }

    fn counters(&self) -> Option<&Counters> {
        Some(self.channel.counters())
    }

    async fn handle(
        &self,
        event: &WebSocketEvent,
        log: &mut LogFields,
    ) -> Result<StatusCode, Error> {
        log.add("connection", event.connection_id());
        let connection = ConnectionId::new(event.connection_id());
        self.channel.disconnected(&connection, log).await?;
        Ok(StatusCode::OK)
    }
}
