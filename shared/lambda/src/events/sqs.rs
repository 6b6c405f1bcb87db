//! The messages that SQS hands over.

use std::time::Duration;

use lambda_http::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::function::EventItem;

/// A message from a queue. It is delivered again if its handling ends with a server error, and
/// deleted otherwise.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SqsMessage {
    message_id: String,
    body: String,
    #[serde(default, rename = "eventSourceARN")]
    source: String,
}

#[derive(Deserialize)]
struct Batch {
    #[serde(rename = "Records")]
    records: Vec<SqsMessage>,
}

impl SqsMessage {
    /// Returns the text that was sent.
    pub fn body(&self) -> &str {
        &self.body
    }
}

impl EventItem for SqsMessage {
    const SOURCE: &'static str = "SQS";
    /// A time that suffices for four requests to AWS one after the other, each with all its
    /// attempts: the function reads a call, changes it, and tells the participants. With half of
    /// that it could end a call without telling them.
    const TIME_LIMIT: Duration = Duration::from_secs(13);

    fn read(event: Value) -> Option<Vec<Self>> {
        serde_json::from_value(event).ok().map(|batch: Batch| batch.records)
    }

    /// Returns the name of the queue.
    fn route(&self) -> &str {
        self.source.rsplit(':').next().unwrap_or_default()
    }

    fn id(&self) -> &str {
        &self.message_id
    }

    fn respond(outcomes: &[(Option<Self>, StatusCode)]) -> Value {
        let failed = outcomes.iter().filter(|(_, status)| status.is_server_error());
        let failures: Vec<Value> = failed
            .filter_map(|(message, _)| message.as_ref())
            .map(|message| json!({ "itemIdentifier": message.message_id }))
            .collect();
        json!({ "batchItemFailures": failures })
    }
}
