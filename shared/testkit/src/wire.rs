//! The network between the store and DynamoDB: what goes over it, and what can go wrong on it.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use http_body_util::{BodyExt, Full};
use hyper::{Request, Response, body::Bytes, client::conn::http1};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, time::sleep};

use crate::loopback::{Answer, Loopback, answer};

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
    /// The connection is closed before DynamoDB sees the request.
    DropBefore,
    /// DynamoDB does what it was asked, and the connection is closed before it says so.
    DropAfter,
    /// DynamoDB does what it was asked at once, and the answer takes this long.
    Slow(Duration),
}

/// Forwards requests to a DynamoDB endpoint, remembers which they were, and spoils those it is
/// told to. Spoiled requests are recorded too.
#[derive(Debug)]
pub struct WireRecorder {
    loopback: Loopback,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    operations: Vec<String>,
    /// Each for one request: of one operation, or of any.
    once: VecDeque<(Option<String>, Fault)>,
    /// For all requests that none of the above is for.
    always: Option<Fault>,
}

impl WireRecorder {
    /// Stands in front of `endpoint_url` (`http://address:port`) from now on.
    pub async fn start(endpoint_url: &str) -> Self {
        let upstream = endpoint_url.strip_prefix("http://").expect("an http endpoint").to_owned();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        let loopback = Loopback::start(move |request| {
            let fault = shared.lock().unwrap().record(operation(&request));
            pass(request, fault, upstream.clone())
        })
        .await;
        Self { loopback, state }
    }

    /// What `AWS_ENDPOINT_URL_DYNAMODB` has to say for requests to come through here.
    pub fn endpoint_url(&self) -> String {
        format!("http://{}", self.loopback.address())
    }

    /// The operations since the last time, in the order in which they came: `Query`, `PutItem`;
    /// the HTTP method for a request that names no operation.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.state.lock().unwrap().operations)
    }

    /// How many operations [`WireRecorder::take`] would give.
    pub fn count(&self) -> usize {
        self.state.lock().unwrap().operations.len()
    }

    /// How many TCP connections there have been.
    pub fn connections(&self) -> usize {
        self.loopback.accepted()
    }

    /// Spoils the next request; called again, the one after that as well.
    pub fn fail_next(&self, fault: Fault) {
        self.state.lock().unwrap().once.push_back((None, fault));
    }

    /// Spoils the next request of this operation (`PutItem`) and lets others pass.
    pub fn fail_next_of(&self, operation: &str, fault: Fault) {
        self.state.lock().unwrap().once.push_back((Some(operation.to_owned()), fault));
    }

    /// Spoils every request from now on, or none any more.
    pub fn set_fault(&self, fault: Option<Fault>) {
        self.state.lock().unwrap().always = fault;
    }
}

impl State {
    fn record(&mut self, operation: String) -> Option<Fault> {
        let is_for = |of: &Option<String>| of.as_ref().is_none_or(|of| *of == operation);
        let once = self.once.iter().position(|(of, _)| is_for(of));
        let once = once.and_then(|position| self.once.remove(position));
        self.operations.push(operation);
        once.map(|(_, fault)| fault).or(self.always)
    }
}

/// `DynamoDB_20120810.PutItem` is a `PutItem`.
fn operation(request: &Request<Bytes>) -> String {
    let target = request.headers().get("x-amz-target").and_then(|value| value.to_str().ok());
    let operation = target.and_then(|target| target.rsplit('.').next());
    operation.unwrap_or(request.method().as_str()).to_owned()
}

async fn pass(request: Request<Bytes>, fault: Option<Fault>, upstream: String) -> Answer {
    match fault {
        None => forward(request, &upstream).await,
        Some(Fault::Throttle) => refusal(400, "ProvisionedThroughputExceededException"),
        Some(Fault::ServerError) => refusal(500, "InternalServerError"),
        Some(Fault::AccessDenied) => refusal(400, "AccessDeniedException"),
        Some(Fault::DropBefore) => None,
        Some(Fault::DropAfter) => {
            forward(request, &upstream).await;
            None
        }
        Some(Fault::Slow(delay)) => {
            let answer = forward(request, &upstream).await;
            sleep(delay).await;
            answer
        }
    }
}

fn refusal(status: u16, code: &str) -> Answer {
    let body = format!(
        "{{\"__type\":\"com.amazonaws.dynamodb.v20120810#{code}\",\"message\":\"injected\"}}"
    );
    answer(status, "application/x-amz-json-1.0", body)
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
