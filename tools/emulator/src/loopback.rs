//! An HTTP server that reads bodies whole and whose handler may close the connection instead of
//! responding, which servers for production do not allow; and a client of the same kind.

use std::{
    convert::Infallible,
    error::Error,
    fmt,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use http_body_util::{BodyExt, Full, combinators::UnsyncBoxBody};
use hyper::{
    Request,
    body::{Bytes, Incoming},
    client,
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};

/// The body of a response.
pub type Body = UnsyncBoxBody<Bytes, Infallible>;

/// The result of a handler; `None` closes the connection without a response.
pub type Response = Option<hyper::Response<Body>>;

/// The error of a request that got no response.
pub type SendError = Box<dyn Error + Send + Sync>;

/// A server on an ephemeral port of 127.0.0.1. Dropping it closes all its connections.
#[derive(Debug)]
pub struct Loopback {
    address: SocketAddr,
    accepted: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Loopback {
    /// Starts a server. `handler` runs once per request; its future is dropped when the client
    /// closes the connection.
    pub async fn start<H, F>(handler: H) -> Self
    where
        H: Fn(Request<Bytes>) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Response> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has free ports");
        let address = listener.local_addr().expect("the listener is bound");
        let accepted = Arc::new(AtomicUsize::new(0));
        let task = tokio::spawn(accept(listener, Arc::clone(&accepted), handler));
        Self { address, accepted, task }
    }

    /// Returns the address on which the server listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the number of connections that the server has accepted so far.
    pub fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }
}

impl Drop for Loopback {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Builds a response with a body of known length.
///
/// # Panics
/// The status or the content type is invalid.
pub fn response(status: u16, content_type: &str, body: impl Into<Bytes>) -> Response {
    let body = Full::new(body.into()).boxed_unsync();
    let builder = hyper::Response::builder().status(status).header("content-type", content_type);
    Some(builder.body(body).expect("statuses and content types are written here"))
}

/// Sends a request to `authority` on a connection of its own, so that requests are independent.
///
/// # Errors
/// The connection fails, or is closed before a response comes.
pub async fn send<B: Into<Bytes>>(
    request: Request<B>,
    authority: &str,
) -> Result<hyper::Response<Incoming>, SendError> {
    let stream = TcpStream::connect(authority).await?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = client::conn::http1::handshake(TokioIo::new(stream)).await?;
    // The task ends when the sender is dropped, so with this exchange.
    tokio::spawn(connection);
    Ok(sender.send_request(request.map(|body| Full::new(body.into()))).await?)
}

async fn accept<H, F>(listener: TcpListener, accepted: Arc<AtomicUsize>, handler: H)
where
    H: Fn(Request<Bytes>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Response> + Send + 'static,
{
    // The connections end when this future is dropped.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            connection = listener.accept() => {
                let (stream, _) = connection.expect("loopback accepts");
                accepted.fetch_add(1, Ordering::SeqCst);
                connections.spawn(serve(stream, handler.clone()));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve<H, F>(stream: TcpStream, handler: H)
where
    H: Fn(Request<Bytes>) -> F,
    F: Future<Output = Response>,
{
    // Without this, each of several small messages would wait for the delayed acknowledgement of
    // the one before.
    stream.set_nodelay(true).expect("a connected socket takes options");
    let service = service_fn(|request: Request<Incoming>| {
        let handler = &handler;
        async move {
            let (head, body) = request.into_parts();
            let body = body.collect().await.map_err(|_| ClosedError)?.to_bytes();
            // An error makes hyper close the connection without a response.
            handler(Request::from_parts(head, body)).await.ok_or(ClosedError)
        }
    });
    // A client may close its connection at any time, so an error is no fault of the server.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

#[derive(Debug)]
struct ClosedError;

impl fmt::Display for ClosedError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("closed without a response")
    }
}

impl Error for ClosedError {}
