//! What can happen to a request on its way, and how it looks to the client.

use std::{
    convert::Infallible,
    future::pending,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use emulator::loopback::{self, Answer, answer};
use http_body_util::{BodyExt, Full};
use hyper::{
    Request, Response,
    body::{Body, Bytes, Frame},
    client::conn::http1,
    header::{CONTENT_LENGTH, HeaderValue},
};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::{net::TcpStream, sync::watch, time::sleep};

/// What DynamoDB sends.
const AMAZON_JSON: &str = "application/x-amz-json-1.0";

/// What can happen to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// DynamoDB says that it has had enough (400, `ProvisionedThroughputExceededException`). The
    /// request has no effect.
    Throttle,
    /// DynamoDB has a fault of its own (500, `InternalServerError`). The request has no effect.
    ServerError,
    /// The policy does not allow it (400, `AccessDeniedException`). The request has no effect.
    AccessDenied,
    /// DynamoDB refuses with this status and error code. The request has no effect.
    Refuse(u16, &'static str),
    /// DynamoDB says that the condition does not hold, whether it does or not, and that there is
    /// no item. The request has no effect.
    Conflict,
    /// The same, with the item that is there.
    ConflictWithItem,
    /// The connection is closed before DynamoDB sees the request.
    DropBefore,
    /// DynamoDB does what it was asked, and the connection is closed before it says so.
    DropAfter,
    /// Nobody ever answers, and DynamoDB does not see the request.
    Silence,
    /// Nobody ever answers, and DynamoDB sees the request this much later, whether the client
    /// still waits or not.
    Late(Duration),
    /// DynamoDB does what it was asked at once, and the answer takes this long.
    Slow(Duration),
    /// DynamoDB does what it was asked. Its answer has no body.
    NoBody,
    /// DynamoDB does what it was asked. Its answer has a body that is not JSON.
    Garbage,
    /// DynamoDB does what it was asked. Its answer has half the body, and says that this is all.
    HalfBody,
    /// DynamoDB does what it was asked. The connection is closed in the middle of the body.
    Truncated,
    /// DynamoDB does what it was asked. Its answer says that it is HTML, which it is not.
    WrongType,
    /// Something in between answers in its place, in HTML (502). The request has no effect.
    BadGateway,
    /// A query gives at most so many items at a time.
    Pages(u32),
}

/// How many requests are still to reach DynamoDB though nobody waits for them.
pub(super) type Underway = watch::Sender<usize>;

/// Does to `request` what `fault` says.
pub(super) async fn pass(
    request: Request<Bytes>,
    fault: Option<Fault>,
    upstream: String,
    underway: Underway,
) -> Answer {
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
            // This future ends when the client gives up, and the request must not.
            tokio::spawn(async move {
                sleep(delay).await;
                forward(request, &upstream).await;
                underway.send_modify(|count| *count -= 1);
            });
            pending().await
        }
        Some(Fault::Slow(delay)) => {
            let answer = forward(request, &upstream).await;
            sleep(delay).await;
            answer
        }
        Some(Fault::BadGateway) => {
            answer(502, "text/html", "<html><h1>502 Bad Gateway</h1></html>")
        }
        Some(Fault::Pages(limit)) => forward(with_limit(request, limit), &upstream).await,
        Some(spoiled) => spoil(spoiled, forward(request, &upstream).await?).await,
    }
}

/// The answer to a request that has taken effect, as `fault` leaves it.
async fn spoil(fault: Fault, whole: Response<loopback::Body>) -> Answer {
    let (mut head, body) = whole.into_parts();
    let body = body.collect().await.ok()?.to_bytes();
    let half = body.slice(..body.len() / 2);
    match fault {
        Fault::NoBody => answer(head.status.as_u16(), AMAZON_JSON, ""),
        Fault::Garbage => answer(head.status.as_u16(), AMAZON_JSON, "\u{0}<rubbish>{\"a\":"),
        Fault::HalfBody => answer(head.status.as_u16(), AMAZON_JSON, half),
        Fault::Truncated => {
            // The server closes the connection when there is less than was promised.
            head.headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
            Some(Response::from_parts(head, Cut(Some(half)).boxed_unsync()))
        }
        _ => {
            let status = head.status.as_u16();
            answer(status, "text/html", body)
        }
    }
}

fn refusal(status: u16, code: &str, item: Option<Value>) -> Answer {
    let code = format!("com.amazonaws.dynamodb.v20120810#{code}");
    let mut body = json!({ "__type": code, "message": "injected" });
    if let Some(item) = item {
        body["Item"] = item;
    }
    answer(status, AMAZON_JSON, body.to_string())
}

/// The item that a write is about, as it is now.
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

/// On a connection of its own: loopback is fast, and nothing of one request can touch another.
/// An upstream that cannot be reached is a closed connection.
async fn forward(request: Request<Bytes>, upstream: &str) -> Answer {
    let stream = TcpStream::connect(upstream).await.ok()?;
    stream.set_nodelay(true).ok()?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.ok()?;
    let (head, body) = request.into_parts();
    // Ends when the sender is dropped, so with this exchange.
    tokio::spawn(connection);
    let answer = sender.send_request(Request::from_parts(head, Full::new(body))).await.ok()?;
    let (mut head, body) = answer.into_parts();
    let body = body.collect().await.ok()?.to_bytes();
    head.headers.remove("connection");
    head.headers.remove("transfer-encoding");
    Some(Response::from_parts(head, Full::new(body).boxed_unsync()))
}

/// A body of which nobody knows how long it is, not even hyper, which would insist.
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
