//! The delay queue: a wait of a call may be over.

use loop_channel::{Channel, Reminder};
use loop_core::{Clock, LogFields, Settings};
use loop_lambda::{Error, EventFunction, SqsMessage, StatusCode};

/// Is reminded.
#[derive(Debug)]
pub struct CallDeadline {
    channel: Channel,
}

impl EventFunction for CallDeadline {
    type Item = SqsMessage;

    fn from_settings(settings: &mut Settings<'_>, clock: &Clock) -> Option<Self> {
        Some(Self { channel: Channel::from_settings(settings, clock)? })
    }

    async fn warm(&self) {
        self.channel.warm().await;
    }

    async fn handle(&self, message: &SqsMessage, log: &mut LogFields) -> Result<StatusCode, Error> {
        let Some(reminder) = Reminder::parse(message.body()) else {
            // It would be no better the next time.
            return Ok(StatusCode::BAD_REQUEST);
        };
        self.channel.reminded(&reminder, log).await?;
        Ok(StatusCode::OK)
    }
}
