//! Faults that can befall a request on its way, and the responses that the client gets.

use std::{
    convert::Infallible,
    future::pending,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use emulator::loopback::{self, response};
use http_body_util::BodyExt;
use hyper::{
    Request, Response,
    body::{Body, Bytes, Frame},
    header::{CONTENT_LENGTH, HeaderValue},
};
use serde_json::{Value, json};
use tokio::{sync::watch, time::sleep};

use crate::forward::forward;

/// The content type of DynamoDB's responses.
const AMAZON_JSON: &str = "application/x-amz-json-1.0";

/// A fault that befalls one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// DynamoDB says that its throughput is exceeded (400,
    /// `ProvisionedThroughputExceededException`). The request has no effect.
    Throttle,
    /// DynamoDB reports an internal error (500, `InternalServerError`). The request has no effect.
    ServerError,
    /// DynamoDB says that the policy does not allow the request (400, `AccessDeniedException`). The
    /// request has no effect.
    AccessDenied,
    /// DynamoDB refuses with this status and error code. The request has no effect.
    Refuse(u16, &'static str),
    /// DynamoDB says that the condition does not hold, whether it does or not, and that there is
    /// no item. The request has no effect.
    Conflict,
    /// The same as [`Conflict`](Self::Conflict), with the item that is there.
    ConflictWithItem,
    /// The connection is closed before DynamoDB sees the request.
    DropBefore,
    /// DynamoDB carries out the request, and the connection is closed before it responds.
    DropAfter,
    /// No response ever comes, and DynamoDB does not see the request.
    Silence,
    /// No response ever comes, and DynamoDB sees the request this much later, even when the client
    /// has given up.
    Late(Duration),
    /// DynamoDB carries out the request at once, and the response takes this long.
    Slow(Duration),
    /// DynamoDB carries out the request. Its response has no body.
    NoBody,
    /// DynamoDB carries out the request. Its response has a body that is not JSON.
    Garbage,
    /// DynamoDB carries out the request. Its response has half the body and a matching length.
    HalfBody,
    /// DynamoDB carries out the request. The connection is closed in the middle of the body.
    Truncated,
    /// DynamoDB carries out the request. Its response says that it is HTML, which it is not.
    WrongType,
    /// A proxy responds in place of DynamoDB, in HTML (502). The request has no effect.
    BadGateway,
    /// A query returns at most this number of items at a time.
    Pages(u32),
}

/// The number of requests that have yet to reach DynamoDB although their client has given up.
pub(super) type Underway = watch::Sender<usize>;

/// Forwards `request` as `fault` leaves it.
pub(super) async fn pass(
    request: Request<Bytes>,
    fault: Option<Fault>,
    upstream: String,
    underway: Underway,
) -> loopback::Response {
    match fault {
        None => forward(request, &upstream).await,
        Some(Fault::Throttle) => refusal(400, "ProvisionedThroughputExceededException", None),
        Some(Fault::ServerError) => refusal(500, "InternalServerError", None),
        Some(Fault::AccessDenied) => refusal(400, "AccessDeniedException", None),
        Some(Fault::Refuse(status, code)) => refusal(status, code, None),
        Some(Fault::Conflict) => refusal(400, "ConditionalCheckFailedException", None),
        Some(Fault::ConflictWithItem) => {
            let item = present_item(request, &upstream).await;
            refusal(400, "ConditionalCheckFailedException", item)
        }
        Some(Fault::DropBefore) => None,
        Some(Fault::DropAfter) => {
            forward(request, &upstream).await;
            None
        }
        Some(Fault::Silence) => pending().await,
        Some(Fault::Late(delay)) => {
            underway.send_modify(|count| *count += 1);
            // The client drops this future when it gives up, and the request must go on.
            tokio::spawn(async move {
                sleep(delay).await;
                forward(request, &upstream).await;
                underway.send_modify(|count| *count -= 1);
            });
            pending().await
        }
        Some(Fault::Slow(delay)) => {
            let response = forward(request, &upstream).await;
            sleep(delay).await;
            response
        }
        Some(Fault::BadGateway) => {
            response(502, "text/html", "<html><h1>502 Bad Gateway</h1></html>")
        }
        Some(Fault::Pages(limit)) => forward(with_limit(request, limit), &upstream).await,
        Some(spoiled) => spoil(spoiled, forward(request, &upstream).await?).await,
    }
}

/// Spoils the response to a request that has taken effect.
async fn spoil(fault: Fault, whole: Response<loopback::Body>) -> loopback::Response {
    let (mut head, body) = whole.into_parts();
    let body = body.collect().await.ok()?.to_bytes();
    let half = body.slice(..body.len() / 2);
    match fault {
        Fault::NoBody => response(head.status.as_u16(), AMAZON_JSON, ""),
        Fault::Garbage => response(head.status.as_u16(), AMAZON_JSON, "\u{0}<rubbish>{\"a\":"),
        Fault::HalfBody => response(head.status.as_u16(), AMAZON_JSON, half),
        Fault::Truncated => {
            // The server closes the connection when the body is shorter than the header says.
            head.headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
            Some(Response::from_parts(head, Cut(Some(half)).boxed_unsync()))
        }
        _ => {
            let status = head.status.as_u16();
            response(status, "text/html", body)
        }
    }
}

fn refusal(status: u16, code: &str, item: Option<Value>) -> loopback::Response {
    let code = format!("com.amazonaws.dynamodb.v20120810#{code}");
    let mut body = json!({ "__type": code, "message": "injected" });
    if let Some(item) = item {
        body["Item"] = item;
    }
    response(status, AMAZON_JSON, body.to_string())
}

/// Reads the item that a write is about.
async fn present_item(write: Request<Bytes>, upstream: &str) -> Option<Value> {
    let (mut head, body) = write.into_parts();
    let body: Value = serde_json::from_slice(&body).ok()?;
    let key = if body["Key"].is_null() { &body["Item"] } else { &body["Key"] };
    let key = json!({ "pk": key["pk"], "sk": key["sk"] });
    let get = json!({ "TableName": body["TableName"], "Key": key }).to_string();
    head.headers.insert("x-amz-target", HeaderValue::from_static("DynamoDB_20120810.GetItem"));
    head.headers.remove(CONTENT_LENGTH);
    let found = forward(Request::from_parts(head, get.into()), upstream).await?;
    let found = found.into_body().collect().await.ok()?.to_bytes();
    let mut found: Value = serde_json::from_slice(&found).ok()?;
    Some(found["Item"].take()).filter(|item| !item.is_null())
}

fn with_limit(query: Request<Bytes>, limit: u32) -> Request<Bytes> {
    let (mut head, body) = query.into_parts();
    let Ok(mut wish) = serde_json::from_slice::<Value>(&body) else {
        return Request::from_parts(head, body);
    };
    wish["Limit"] = limit.into();
    head.headers.remove(CONTENT_LENGTH);
    Request::from_parts(head, wish.to_string().into())
}

/// A body of unknown length, since hyper would insist on a length that the body knows.
struct Cut(Option<Bytes>);

impl Body for Cut {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.take().map(|part| Ok(Frame::data(part))))
    }
}
