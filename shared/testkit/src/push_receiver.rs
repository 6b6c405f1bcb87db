//! A push service that answers as it is told.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    convert::Infallible,
    future::pending,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::Duration,
};

use emulator::loopback::{Answer, Loopback};
use http_body_util::{BodyExt, Full};
use hyper::{
    Method, Request, Response,
    body::{Body, Bytes, Frame},
};
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};

/// What a push service does with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// Answers with this status and no body.
    Status(u16),
    /// Answers with this status and this `Retry-After`.
    RetryAfter(u16, String),
    /// Answers 307 to this address.
    Redirect(String),
    /// Never answers, and keeps the connection open.
    Hang,
    /// Answers with this status after this time.
    Slow(Duration, u16),
    /// Answers 201 with a body that never ends.
    Endless,
    /// Closes the connection without an answer.
    Close,
}

/// One request that came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivedPush {
    /// `PUT`, `POST`, …
    pub method: String,
    /// With the query, if there was one.
    pub path: String,
    /// By name in lower case.
    pub headers: BTreeMap<String, String>,
    /// All of it.
    pub body: Vec<u8>,
}

/// Fewer requests than expected came in before the deadline. Holds those that did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TooFew(pub Vec<ReceivedPush>);

/// A push service on an ephemeral port of 127.0.0.1. Without a [`Behaviour`] it answers a `PUT`
/// (SimplePush) with 200 and everything else (Web Push) with 201.
#[derive(Debug)]
pub struct PushReceiver {
    loopback: Loopback,
    received: watch::Receiver<Vec<ReceivedPush>>,
    behaviours: Arc<Mutex<Behaviours>>,
}

/// By path.
#[derive(Debug, Default)]
struct Behaviours {
    /// Each for one request.
    once: HashMap<String, VecDeque<Behaviour>>,
    /// For all that none of the above is for.
    always: HashMap<String, Behaviour>,
}

impl PushReceiver {
    /// Listens from now on.
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

    /// The push URL with this path, which starts with `/`.
    pub fn url(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.loopback.address().port())
    }

    /// From now on, requests to `path` are answered like this.
    pub fn respond(&self, path: &str, behaviour: Behaviour) {
        self.behaviours.lock().unwrap().always.insert(path.to_owned(), behaviour);
    }

    /// The next request to `path` is answered like this; called again, the one after that as well.
    pub fn respond_once(&self, path: &str, behaviour: Behaviour) {
        let mut behaviours = self.behaviours.lock().unwrap();
        behaviours.once.entry(path.to_owned()).or_default().push_back(behaviour);
    }

    /// All requests so far, also those that were not answered.
    pub fn received(&self) -> Vec<ReceivedPush> {
        self.received.borrow().clone()
    }

    /// How many TCP connections there have been.
    pub fn connections(&self) -> usize {
        self.loopback.accepted()
    }

    /// All requests so far, as soon as they are at least `count`.
    ///
    /// # Errors
    /// They are fewer after `deadline`.
    pub async fn wait_for(
        &self,
        count: usize,
        deadline: Duration,
    ) -> Result<Vec<ReceivedPush>, TooFew> {
        let mut received = self.received.clone();
        let enough = received.wait_for(|received| received.len() >= count);
        match timeout(deadline, enough).await {
            Ok(received) => Ok(received.expect("the sender lives as long as the server").clone()),
            Err(_) => Err(TooFew(self.received())),
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

async fn behave(behaviour: Behaviour) -> Answer {
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
            let answer = Response::builder().status(201).body(Endless.boxed_unsync());
            Some(answer.expect("the status is valid"))
        }
        Behaviour::Close => None,
    }
}

fn empty(status: u16, header: Option<(&str, String)>) -> Answer {
    let mut answer = Response::builder().status(status);
    if let Some((name, value)) = header {
        answer = answer.header(name, value);
    }
    Some(answer.body(Full::default().boxed_unsync()).expect("a test gives valid statuses"))
}

/// As much as the other side reads.
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
