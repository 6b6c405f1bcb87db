//! A push service that responds as a test says.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    convert::Infallible,
    future::pending,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::Duration,
};

use emulator::loopback::{self, Loopback};
use http_body_util::{BodyExt, Full};
use hyper::{
    Method, Request, Response,
    body::{Body, Bytes, Frame},
};
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};

/// The ways in which a push service deals with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// Responds with this status and no body.
    Status(u16),
    /// Responds with this status and this `Retry-After`.
    RetryAfter(u16, String),
    /// Responds 307 to this address.
    Redirect(String),
    /// Never responds, and keeps the connection open.
    Hang,
    /// Responds with this status after this time.
    Slow(Duration, u16),
    /// Responds 201 with a body that never ends.
    Endless,
    /// Closes the connection without a response.
    Close,
}

/// A request that the push service has received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivedPush {
    /// The method, such as `PUT` or `POST`.
    pub method: String,
    /// The path, with the query if there was one.
    pub path: String,
    /// The headers, by name in lower case.
    pub headers: BTreeMap<String, String>,
    /// The whole body.
    pub body: Vec<u8>,
}

/// The error that fewer requests than expected came before the deadline, with those that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TooFewError(pub Vec<ReceivedPush>);

/// A push service on an ephemeral port of 127.0.0.1. Without a [`Behaviour`] it responds to a `PUT`
/// (SimplePush) with 200 and everything else (Web Push) with 201.
#[derive(Debug)]
pub struct PushReceiver {
    loopback: Loopback,
    received: watch::Receiver<Vec<ReceivedPush>>,
    behaviours: Arc<Mutex<Behaviours>>,
}

/// The behaviours that tests have set, by path.
#[derive(Debug, Default)]
struct Behaviours {
    /// Behaviours that each apply to one request.
    once: HashMap<String, VecDeque<Behaviour>>,
    /// Behaviours that apply to the requests for which `once` has none left.
    always: HashMap<String, Behaviour>,
}

impl PushReceiver {
    /// Starts the push service.
    pub async fn start() -> Self {
        let (sender, received) = watch::channel(Vec::new());
        let behaviours = Arc::new(Mutex::new(Behaviours::default()));
        let shared = Arc::clone(&behaviours);
        let sender = Arc::new(sender);
        let loopback = Loopback::start(move |request: Request<Bytes>| {
            let scripted = shared.lock().unwrap().next(request.uri().path());
            let behaviour = scripted.unwrap_or_else(|| usual(request.method()));
            sender.send_modify(|received| received.push(recorded(&request)));
            behave(behaviour)
        })
        .await;
        Self { loopback, received, behaviours }
    }

    /// Returns the push URL with this path, which starts with `/`.
    pub fn url(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.loopback.address().port())
    }

    /// Sets the behaviour for requests to `path` from now on.
    pub fn respond(&self, path: &str, behaviour: Behaviour) {
        self.behaviours.lock().unwrap().always.insert(path.to_owned(), behaviour);
    }

    /// Sets the behaviour for the next request to `path`; a second call, for the one after that.
    pub fn respond_once(&self, path: &str, behaviour: Behaviour) {
        let mut behaviours = self.behaviours.lock().unwrap();
        behaviours.once.entry(path.to_owned()).or_default().push_back(behaviour);
    }

    /// Returns all requests so far, also those that got no response.
    pub fn received(&self) -> Vec<ReceivedPush> {
        self.received.borrow().clone()
    }

    /// Returns the number of TCP connections so far.
    pub fn connections(&self) -> usize {
        self.loopback.accepted()
    }

    /// Waits until there are at least `count` requests, and returns all of them.
    ///
    /// # Errors
    /// Fewer requests than `count` have come after `deadline`.
    pub async fn wait_for(
        &self,
        count: usize,
        deadline: Duration,
    ) -> Result<Vec<ReceivedPush>, TooFewError> {
        let mut received = self.received.clone();
        let enough = received.wait_for(|received| received.len() >= count);
        match timeout(deadline, enough).await {
            Ok(received) => Ok(received.expect("the sender lives as long as the server").clone()),
            Err(_) => Err(TooFewError(self.received())),
        }
    }
}

impl Behaviours {
    fn next(&mut self, path: &str) -> Option<Behaviour> {
        let once = self.once.get_mut(path).and_then(VecDeque::pop_front);
        once.or_else(|| self.always.get(path).cloned())
    }
}

fn usual(method: &Method) -> Behaviour {
    Behaviour::Status(if method == Method::PUT { 200 } else { 201 })
}

fn recorded(request: &Request<Bytes>) -> ReceivedPush {
    let uri = request.uri();
    let headers = request.headers().iter().map(|(name, value)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    ReceivedPush {
        method: request.method().to_string(),
        path: uri.path_and_query().map_or("/", |path| path.as_str()).to_owned(),
        headers: headers.collect(),
        body: request.body().to_vec(),
    }
}

async fn behave(behaviour: Behaviour) -> loopback::Response {
    match behaviour {
        Behaviour::Status(status) => empty(status, None),
        Behaviour::RetryAfter(status, when) => empty(status, Some(("retry-after", when))),
        Behaviour::Redirect(to) => empty(307, Some(("location", to))),
        Behaviour::Hang => pending().await,
        Behaviour::Slow(delay, status) => {
            sleep(delay).await;
            empty(status, None)
        }
        Behaviour::Endless => {
            let response = Response::builder().status(201).body(Endless.boxed_unsync());
            Some(response.expect("the status is valid"))
        }
        Behaviour::Close => None,
    }
}

fn empty(status: u16, header: Option<(&str, String)>) -> loopback::Response {
    let mut response = Response::builder().status(status);
    if let Some((name, value)) = header {
        response = response.header(name, value);
    }
    Some(response.body(Full::default().boxed_unsync()).expect("a test gives valid statuses"))
}

/// A body that goes on as long as the other side reads.
struct Endless;

impl Body for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[b'x'; 1024])))))
    }
}
