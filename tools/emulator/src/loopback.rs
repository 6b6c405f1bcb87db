//! The HTTP server under all others here: bodies are read whole, and a handler may close the
//! connection instead of answering, which servers for production do not let it.

use std::{
    convert::Infallible,
    fmt,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use http_body_util::{BodyExt, Full, combinators::UnsyncBoxBody};
use hyper::{
    Request, Response, body::Bytes, body::Incoming, server::conn::http1, service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};

/// The body of an answer.
pub type Body = UnsyncBoxBody<Bytes, Infallible>;

/// What a handler says: an answer, or that the connection is to be closed without one.
pub type Answer = Option<Response<Body>>;

/// A server on an ephemeral port of 127.0.0.1. Dropping it closes all its connections.
#[derive(Debug)]
pub struct Loopback {
    address: SocketAddr,
    accepted: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Loopback {
    /// Listens from now on. `handler` runs once per request; its future is dropped when the
    /// client closes the connection.
    pub async fn start<H, F>(handler: H) -> Self
    where
        H: Fn(Request<Bytes>) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Answer> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has free ports");
        let address = listener.local_addr().expect("the listener is bound");
        let accepted = Arc::new(AtomicUsize::new(0));
        let task = tokio::spawn(accept(listener, Arc::clone(&accepted), handler));
        Self { address, accepted, task }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many connections it has accepted so far.
    pub fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }
}

impl Drop for Loopback {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// An answer with a body of known length.
pub fn answer(status: u16, content_type: &str, body: impl Into<Bytes>) -> Answer {
    let body = Full::new(body.into()).boxed_unsync();
    let builder = Response::builder().status(status).header("content-type", content_type);
    Some(builder.body(body).expect("statuses and content types are written here"))
}

async fn accept<H, F>(listener: TcpListener, accepted: Arc<AtomicUsize>, handler: H)
where
    H: Fn(Request<Bytes>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Answer> + Send + 'static,
{
    // Dropped with this future, and the connections with it.
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
    F: Future<Output = Answer>,
{
    // Small messages in turn: without this, each would wait for the delayed acknowledgement of
    // the one before.
    stream.set_nodelay(true).expect("a connected socket takes options");
    let service = service_fn(|request: Request<Incoming>| {
        let handler = &handler;
        async move {
            let (head, body) = request.into_parts();
            let body = body.collect().await.map_err(|_| Closed)?.to_bytes();
            // An error makes hyper close the connection without an answer.
            handler(Request::from_parts(head, body)).await.ok_or(Closed)
        }
    });
    // Clients come and go as they like.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

#[derive(Debug)]
struct Closed;

impl fmt::Display for Closed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("closed without an answer")
    }
}

impl std::error::Error for Closed {}
