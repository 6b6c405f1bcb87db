//! The delay queue, and the timers in it.

use std::time::Duration;

use aws_sdk_sqs::{Client, config::Builder};
use loop_aws::{SdkConfig, failed};
use loop_core::{
    CallId, Reason, Settings, UnavailableError, UnixMillis, UserId, progress::ConnectionId,
    setting::server_url,
};
use serde::{Deserialize, Serialize};

/// The longest delay that SQS allows.
const DELAY_MAX: Duration = Duration::from_mins(15);

/// An event that is due later. The queue may deliver it late, and twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Timer {
    /// The deadline of a call, unless the call has come further by then.
    Deadline {
        /// The user who is called.
        callee: UserId,
        /// The call's id.
        call: CallId,
        /// The number of the slot where the call is stored.
        slot: u8,
        /// The moment of the deadline.
        at: UnixMillis,
    },
    /// A disconnection that could not be stored because of an outage. The gateway reports each one
    /// only once.
    Disconnected {
        /// The connection that is gone.
        disconnected: ConnectionId,
        /// The moment to try again.
        at: UnixMillis,
    },
}

/// The queue that delivers each [`Timer`] when it is due.
#[derive(Clone, Debug)]
pub struct DelayQueue {
    client: Client,
    queue_url: String,
}

impl Timer {
    /// Reads the body of a message of the queue. Returns `None` if it is not a timer.
    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// Returns the moment at which the timer is due.
    pub fn at(&self) -> UnixMillis {
        match self {
            Self::Deadline { at, .. } | Self::Disconnected { at, .. } => *at,
        }
    }
}

impl DelayQueue {
    /// Reads `LOOP_DEADLINE_QUEUE_URL` and, if one of them is set, `AWS_ENDPOINT_URL_SQS` or
    /// `AWS_ENDPOINT_URL`. The client shares `aws` with other clients. The settings are also read
    /// without `aws`, so that every fault is reported.
    pub fn from_settings(settings: &mut Settings<'_>, aws: Option<&SdkConfig>) -> Option<Self> {
        let endpoint_url = loop_aws::endpoint_url(settings, "AWS_ENDPOINT_URL_SQS");
        let queue_url = settings.required("LOOP_DEADLINE_QUEUE_URL", queue_url);
        let mut config = Builder::from(aws?);
        config.set_endpoint_url(endpoint_url?);
        Some(Self { client: Client::from_conf(config.build()), queue_url: queue_url? })
    }

    /// Schedules `timer` so that it is delivered no sooner than it is due by the clock that has
    /// read `now`, but after at most 15 minutes.
    ///
    /// # Errors
    /// [`UnavailableError`]: the timer may nevertheless be delivered.
    pub async fn schedule(&self, timer: &Timer, now: UnixMillis) -> Result<(), UnavailableError> {
        let body = serde_json::to_string(timer).expect("timers are structs with text keys");
        let send = self.client.send_message().queue_url(&self.queue_url).message_body(body);
        let sent = send.delay_seconds(delay_seconds(timer.at(), now)).send().await;
        sent.map_err(|error| failed("SendMessage", &error))?;
        Ok(())
    }
}

/// Returns the delay in whole seconds, rounded up. It is at least one: clocks differ, and a timer
/// that is early by a few milliseconds must not come again at once.
fn delay_seconds(at: UnixMillis, now: UnixMillis) -> i32 {
    let delay = at.since(now).clamp(Duration::from_secs(1), DELAY_MAX);
    i32::try_from(delay.as_millis().div_ceil(1000)).expect("900 is the most")
}

fn queue_url(text: &str) -> Result<String, Reason> {
    server_url(text, &["https", "http"]).map(|url| url.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_delay_is_never_too_short_and_never_beyond_what_sqs_knows() {
        let now = UnixMillis::new(1_000_000);
        for (in_millis, seconds) in
            [(0, 1), (1, 1), (1000, 1), (1001, 2), (30_000, 30), (899_001, 900), (9_000_000, 900)]
        {
            assert_eq!(
                delay_seconds(now.after(Duration::from_millis(in_millis)), now),
                seconds,
                "{in_millis}"
            );
        }
        assert_eq!(delay_seconds(UnixMillis::new(0), now), 1);
    }

    #[test]
    fn timers_are_json() {
        let deadline = Timer::Deadline {
            callee: UserId::from_bytes([0; 16]),
            call: CallId::from_bytes([7; 16]),
            slot: 3,
            at: UnixMillis::new(5),
        };
        let connection = ConnectionId::new("c=");
        let disconnected = Timer::Disconnected { disconnected: connection, at: UnixMillis::new(6) };
        for (timer, written) in [
            (
                deadline,
                json!({
                    "callee": "AAAAAAAAAAAAAAAAAAAAAA", "call": "BwcHBwcHBwcHBwcHBwcHBw",
                    "slot": 3, "at": 5,
                }),
            ),
            (disconnected, json!({ "disconnected": "c=", "at": 6 })),
        ] {
            assert_eq!(serde_json::to_value(&timer).unwrap(), written);
            assert_eq!(Timer::parse(&written.to_string()), Some(timer));
        }
        assert!(Timer::parse(r#"{"at":5}"#).is_none());
    }
}
