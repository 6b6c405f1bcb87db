//! Reminders from a delay queue, for what has to happen later.

use std::time::Duration;

use aws_sdk_sqs::{Client, config::Builder};
use loop_aws::failed;
use loop_core::{
    CallId, Reason, Settings, UnavailableError, UnixMillis, UserId, progress::ConnectionId,
    setting::server_url,
};
use serde::{Deserialize, Serialize};

/// The longest delay that SQS knows.
const DELAY_MAX: Duration = Duration::from_mins(15);

/// What we are reminded of. It may come late and twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Reminder {
    /// A wait of a call is over, unless something has happened.
    Deadline {
        /// Whose call it is.
        callee: UserId,
        /// Which call.
        call: CallId,
        /// The number of the slot where the call is stored.
        slot: u8,
        /// When the wait is over.
        at: UnixMillis,
    },
    /// A connection is gone, and the table was not available when we were told so: the gateway
    /// tells it only once.
    Disconnected {
        /// Which one.
        disconnected: ConnectionId,
        /// When to try again.
        at: UnixMillis,
    },
}

/// The delay queue.
#[derive(Clone, Debug)]
pub struct Reminders {
    client: Client,
    queue_url: String,
}

impl Reminder {
    /// Reads one as it comes from the queue; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// When it is for.
    pub fn at(&self) -> UnixMillis {
        match self {
            Self::Deadline { at, .. } | Self::Disconnected { at, .. } => *at,
        }
    }
}

impl Reminders {
    /// Reads `LOOP_DEADLINE_QUEUE_URL`, where it is there `AWS_ENDPOINT_URL_SQS`, and what all AWS
    /// clients read ([`loop_aws::sdk_config`]).
    pub fn from_settings(settings: &mut Settings<'_>) -> Option<Self> {
        let aws = loop_aws::sdk_config(settings);
        let endpoint_url = loop_aws::endpoint_url(settings, "AWS_ENDPOINT_URL_SQS");
        let queue_url = settings.required("LOOP_DEADLINE_QUEUE_URL", queue_url);
        let mut config = Builder::from(&aws?);
        config.set_endpoint_url(endpoint_url?);
        Some(Self { client: Client::from_conf(config.build()), queue_url: queue_url? })
    }

    /// Has `reminder` delivered not before it is due, as seen from `now`.
    ///
    /// # Errors
    /// [`UnavailableError`]: it may nevertheless be delivered.
    pub async fn send(&self, reminder: &Reminder, now: UnixMillis) -> Result<(), UnavailableError> {
        let body = serde_json::to_string(reminder).expect("reminders are structs with text keys");
        let send = self.client.send_message().queue_url(&self.queue_url).message_body(body);
        let sent = send.delay_seconds(delay_seconds(reminder.at(), now)).send().await;
        sent.map_err(|error| failed("SendMessage", &error))?;
        Ok(())
    }
}

/// Whole seconds, rather too many than too few. At least one: clocks differ, and what is early by
/// a few milliseconds must not come again at once.
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
    fn reminders_are_json() {
        let deadline = Reminder::Deadline {
            callee: UserId::from_bytes([0; 16]),
            call: CallId::from_bytes([7; 16]),
            slot: 3,
            at: UnixMillis::new(5),
        };
        let connection = ConnectionId::new("c=");
        let disconnected =
            Reminder::Disconnected { disconnected: connection, at: UnixMillis::new(6) };
        for (reminder, written) in [
            (
                deadline,
                json!({
                    "callee": "AAAAAAAAAAAAAAAAAAAAAA", "call": "BwcHBwcHBwcHBwcHBwcHBw",
                    "slot": 3, "at": 5,
                }),
            ),
            (disconnected, json!({ "disconnected": "c=", "at": 6 })),
        ] {
            assert_eq!(serde_json::to_value(&reminder).unwrap(), written);
            assert_eq!(Reminder::parse(&written.to_string()), Some(reminder));
        }
        assert!(Reminder::parse(r#"{"at":5}"#).is_none());
    }
}
