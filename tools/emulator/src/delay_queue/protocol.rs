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
use md5::{Digest, Md5};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::signature;

/// The path of the queue's URL.
pub const PATH: &str = "/000000000000/deadlines";

/// The queue's name, which ends its URL. The account id before it is ignored.
const NAME: &str = "deadlines";

/// The longest delay that SQS allows.
const DELAY_MAX: Duration = Duration::from_secs(900);
const BODY_MAX_BYTES: usize = 1024 * 1024;

/// A queue behind the protocol.
pub trait SendMessages: Clone + Send + Sync + 'static {
    /// Takes a message that is due after `delay`, and returns its id.
    fn send(&self, body: String, delay: Duration) -> String;
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SendMessage {
    queue_url: String,
    message_body: String,
    #[serde(default)]
    delay_seconds: u64,
}

/// An error, by the name that the SDK reads.
struct QueueError(&'static str);

/// Returns the routes of an SQS whose only queue is this one.
pub fn queue_routes<Q: SendMessages>(queue: Q) -> Router {
    // SDKs send to the service's root and name the queue in the body.
    Router::new().route("/", post(respond::<Q>)).with_state(queue)
}

async fn respond<Q: SendMessages>(
    State(queue): State<Q>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, QueueError> {
    if !signature::is_for("sqs", &headers) {
        return Err(QueueError("com.amazon.coral.service#MissingAuthenticationTokenException"));
    }
    if headers.get("x-amz-target").is_none_or(|target| target != "AmazonSQS.SendMessage") {
        return Err(QueueError("com.amazon.coral.service#UnknownOperationException"));
    }
    let message: SendMessage = serde_json::from_slice(&body)
        .map_err(|_| QueueError("com.amazon.coral.service#SerializationException"))?;
    if message.queue_url.rsplit('/').next() != Some(NAME) {
        return Err(QueueError("com.amazonaws.sqs#QueueDoesNotExist"));
    }
    let (size, delay) = (message.message_body.len(), Duration::from_secs(message.delay_seconds));
    if delay > DELAY_MAX || size == 0 || size > BODY_MAX_BYTES {
        return Err(QueueError("com.amazon.coral.service#InvalidParameterValueException"));
    }
    let md5 = md5_hex(&message.message_body);
    let id = queue.send(message.message_body, delay);
    let accepted = json!({ "MessageId": id, "MD5OfMessageBody": md5 });
    Ok(json_response(StatusCode::OK, &accepted))
}

/// Returns the checksum with which SQS confirms the text of a message. It protects nothing.
pub(super) fn md5_hex(text: &str) -> String {
    Md5::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn json_response(status: StatusCode, body: &Value) -> Response {
    let content_type = [(header::CONTENT_TYPE, "application/x-amz-json-1.0")];
    (status, content_type, body.to_string()).into_response()
}

impl IntoResponse for QueueError {
    fn into_response(self) -> Response {
        let body = json!({ "__type": self.0, "message": "refused by the local queue" });
        json_response(StatusCode::BAD_REQUEST, &body)
    }
}
