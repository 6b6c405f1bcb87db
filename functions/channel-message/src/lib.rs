//! `$default` of the call channel: every message of every client.

use loop_channel::Messages;
use loop_core::{Clock, Counters, LogFields, Settings, progress::ConnectionId};
use loop_lambda::{Error, EventFunction, StatusCode, WebSocketEvent};

/// The function that receives messages. Replies to the client go over the connection; the response
/// to the gateway only says whether the function worked.
#[derive(Debug)]
pub struct ChannelMessage {
    messages: Messages,
}

impl EventFunction for ChannelMessage {
    type Item = WebSocketEvent;

    fn from_settings(settings: &mut Settings<'_>, clock: &Clock) -> Option<Self> {
        Some(Self { messages: Messages::from_settings(settings, clock)? })
    }

    async fn warm(&self) {
        self.messages.warm().await;
    }

    fn counters(&self) -> Option<&Counters> {
        Some(self.messages.counters())
    }

    async fn handle(
        &self,
        event: &WebSocketEvent,
        log: &mut LogFields,
    ) -> Result<StatusCode, Error> {
        log.add("connection", event.connection_id());
        let connection = ConnectionId::new(event.connection_id());
        self.messages.handle(&connection, event.body(), log).await?;
        Ok(StatusCode::OK)
    }
}
