//! Events as SQS hands them to Lambda, and the responses of the function:
//! <https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html>.

use loop_core::UnixMillis;
use serde_json::{Value, json};

use super::{message::Message, protocol::md5_hex};

/// Builds the event of a batch of one message.
pub(super) fn of(message: &Message, now: UnixMillis) -> Value {
    json!({
        "Records": [{
            "messageId": message.id,
            "receiptHandle": format!("{}#{}", message.id, message.received),
            "body": message.body,
            "attributes": {
                "ApproximateReceiveCount": message.received.max(1).to_string(),
                "SentTimestamp": message.sent_at.get().to_string(),
                "SenderId": "AIDAIENQZJOLO23YVJ4VO",
                "ApproximateFirstReceiveTimestamp": now.get().to_string(),
            },
            "messageAttributes": {},
            "md5OfBody": md5_hex(&message.body),
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:deadlines",
            "awsRegion": "us-east-1",
        }],
    })
}

/// Returns whether the response, in the form of `ReportBatchItemFailures`, names the message.
pub(super) fn has_failed(response: &Value, message: &Message) -> bool {
    let failures = response["batchItemFailures"].as_array();
    failures.into_iter().flatten().any(|failure| failure["itemIdentifier"] == message.id)
}
