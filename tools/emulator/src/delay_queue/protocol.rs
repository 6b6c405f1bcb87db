//! SQS over HTTP, in its JSON protocol:
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>.

use std::time::Duration;

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use ring::{
    error::Unspecified,
    rand::{SecureRandom, SystemRandom},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{DelayQueue, PATH, event};
use crate::signature;

/// The longest that SQS keeps a message back.
const DELAY_SECONDS_MAX: u64 = 900;
const BODY_MAX_BYTES: usize = 1024 * 1024;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SendMessage {
    queue_url: String,
    message_body: String,
    #[serde(default)]
    delay_seconds: u64,
}

/// Why a request was refused, by the name that the SDK reads.
struct Refusal(&'static str);

pub(super) fn routes(queue: DelayQueue) -> Router {
    // SDKs send to the service's root and name the queue in the body.
    Router::new().route("/", post(answer)).with_state(queue)
}

async fn answer(
    State(queue): State<DelayQueue>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    if !signature::is_for("sqs", &headers) {
        return Err(Refusal("com.amazon.coral.service#MissingAuthenticationTokenException"));
    }
    if headers.get("x-amz-target").is_none_or(|target| target != "AmazonSQS.SendMessage") {
        return Err(Refusal("com.amazon.coral.service#UnknownOperationException"));
    }
    let message: SendMessage = serde_json::from_slice(&body)
        .map_err(|_| Refusal("com.amazon.coral.service#SerializationException"))?;
    if !message.queue_url.ends_with(PATH) {
        return Err(Refusal("com.amazonaws.sqs#QueueDoesNotExist"));
    }
    let size = message.message_body.len();
    if message.delay_seconds > DELAY_SECONDS_MAX || size == 0 || size > BODY_MAX_BYTES {
        return Err(Refusal("com.amazon.coral.service#InvalidParameterValueException"));
    }
    let id = message_id(&queue.0.random)
        .map_err(|_| Refusal("com.amazon.coral.service#InternalFailure"))?;
    let accepted = json!({
        "MessageId": id,
        "MD5OfMessageBody": event::md5_hex(&message.message_body),
    });
    queue.send(id, message.message_body, Duration::from_secs(message.delay_seconds));
    Ok(json_answer(StatusCode::OK, &accepted))
}

/// A random UUID.
fn message_id(random: &SystemRandom) -> Result<String, Unspecified> {
    let mut bytes = [0; 16];
    random.fill(&mut bytes)?;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok([&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-"))
}

fn json_answer(status: StatusCode, body: &Value) -> Response {
    let content_type = [(header::CONTENT_TYPE, "application/x-amz-json-1.0")];
    (status, content_type, body.to_string()).into_response()
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = json!({ "__type": self.0, "message": "refused by the local queue" });
        json_answer(StatusCode::BAD_REQUEST, &body)
    }
}
