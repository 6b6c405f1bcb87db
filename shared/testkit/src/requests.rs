//! Functions that send requests to servers on loopback.

use emulator::loopback::{self, SendError};
use http_body_util::BodyExt;
use hyper::{Request, Response, body::Bytes, body::Incoming};

type Result<T> = std::result::Result<T, SendError>;

/// Sends a request and returns the head of the response, with its body still to be read.
///
/// # Errors
/// The server has closed the connection without a response.
///
/// # Panics
/// The URL has no host.
pub async fn open<B: Into<Bytes>>(request: Request<B>) -> Result<Response<Incoming>> {
    let authority = request.uri().authority().unwrap().to_string();
    loopback::send(request, &authority).await
}

/// Sends a request and returns the status and the body of the response.
///
/// # Errors
/// The server has closed the connection without a whole response.
///
/// # Panics
/// The URL has no host, or the body is no text.
pub async fn send(method: &str, url: &str, body: &'static str) -> Result<(u16, String)> {
    let response = open(Request::builder().method(method).uri(url).body(body).unwrap()).await?;
    let status = response.status().as_u16();
    let body = response.into_body().collect().await?.to_bytes();
    Ok((status, String::from_utf8(body.to_vec()).unwrap()))
}
