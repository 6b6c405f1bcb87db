//! The consumer of the delay queue: a timeout of a call may have passed.

use loop_channel::{Channel, Timer};
use loop_core::{Clock, Counters, LogFields, Settings};
use loop_lambda::{Error, EventFunction, SqsMessage, StatusCode};

/// The function that handles due timers.
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

    fn counters(&self) -> Option<&Counters> {
        Some(self.channel.counters())
    }

    async fn handle(&self, message: &SqsMessage, log: &mut LogFields) -> Result<StatusCode, Error> {
        let Some(timer) = Timer::parse(message.body()) else {
            // The message is malformed, so no retry can succeed: it is acknowledged.
            return Ok(StatusCode::BAD_REQUEST);
        };
        self.channel.timer_fired(&timer, log).await?;
        Ok(StatusCode::OK)
    }
}
