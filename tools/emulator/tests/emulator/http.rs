//! The smallest HTTP client.

use http_body_util::{BodyExt, Full};
use hyper::{Request, Response, body::Bytes, body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// The answer's head, with its body still to be read.
pub(crate) async fn open<B: Into<Bytes>>(request: Request<B>) -> hyper::Result<Response<Incoming>> {
    let authority = request.uri().authority().unwrap().to_string();
    let stream = TcpStream::connect(authority).await.unwrap();
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    sender.send_request(request.map(|body| Full::new(body.into()))).await
}

/// Status and body of the answer, on a connection of its own.
pub(crate) async fn send(
    method: &str,
    url: &str,
    body: &'static str,
) -> hyper::Result<(u16, String)> {
    let answer = open(Request::builder().method(method).uri(url).body(body).unwrap()).await?;
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await?.to_bytes();
    Ok((status, String::from_utf8(body.to_vec()).unwrap()))
}
