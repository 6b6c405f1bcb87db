//! Requests that go on to another server.

use emulator::loopback;
use http_body_util::{BodyExt, Full};
use hyper::{Request, Response, Version, body::Bytes};

/// Forwards a request. When the upstream cannot be reached, the connection is closed.
pub(crate) async fn forward(request: Request<Bytes>, upstream: &str) -> loopback::Response {
    let response = loopback::send(request, upstream).await.ok()?;
    let (mut head, body) = response.into_parts();
    let body = body.collect().await.ok()?.to_bytes();
    // What is of the connection to the upstream is not passed on. HTTP/1.0 would end the client's
    // connection, too.
    head.version = Version::HTTP_11;
    head.headers.remove("connection");
    head.headers.remove("transfer-encoding");
    Some(Response::from_parts(head, Full::new(body).boxed_unsync()))
}
