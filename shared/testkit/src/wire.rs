//! The network between the store and DynamoDB: what goes over it, and what can go wrong on it.

mod fault;
mod hold;

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
};

use emulator::loopback::Loopback;
use hyper::{Request, body::Bytes};
use tokio::sync::watch;

use self::hold::Held;

pub use fault::Fault;
pub use hold::Hold;

/// Forwards requests to a DynamoDB endpoint, remembers which they were, and spoils those it is
/// told to. Spoiled requests are recorded too.
#[derive(Debug)]
pub struct WireRecorder {
    loopback: Loopback,
    state: Arc<Mutex<State>>,
    underway: watch::Receiver<usize>,
}

#[derive(Debug, Default)]
struct State {
    operations: Vec<String>,
    /// Each for one request: of one operation, or of any.
    once: VecDeque<(Option<String>, Fault)>,
    /// For all requests of an operation that none of the above is for.
    always_of: HashMap<String, Fault>,
    /// For all requests that none of the above is for.
    always: Option<Fault>,
    spoiled: usize,
    /// Requests of these operations wait until they are let go.
    held: HashMap<String, Held>,
}

impl WireRecorder {
    /// Stands in front of `endpoint_url` (`http://address:port`) from now on.
    pub async fn start(endpoint_url: &str) -> Self {
        let upstream = endpoint_url.strip_prefix("http://").expect("an http endpoint").to_owned();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        let (late, underway) = watch::channel(0);
        let loopback = Loopback::start(move |request| {
            let operation = operation(&request);
            let mut state = shared.lock().unwrap();
            let held = state.held.get(&operation).cloned();
            let fault = state.record(operation);
            let passed = fault::pass(request, fault, upstream.clone(), late.clone());
            async move {
                if let Some(held) = held {
                    held.wait().await;
                }
                passed.await
            }
        })
        .await;
        Self { loopback, state, underway }
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

    /// Spoils every request of this operation from now on.
    pub fn set_fault_of(&self, operation: &str, fault: Fault) {
        self.state.lock().unwrap().always_of.insert(operation.to_owned(), fault);
    }

    /// Holds back the requests of this operation, the repeats of one that is given up as well,
    /// until they are let go. What comes after that passes.
    pub fn hold(&self, operation: &str) -> Hold {
        let (hold, held) = hold::hold();
        self.state.lock().unwrap().held.insert(operation.to_owned(), held);
        hold
    }

    /// Spoils nothing any more, whatever was said before; says how many requests were spoiled
    /// since the last time.
    pub fn heal(&self) -> usize {
        let mut state = self.state.lock().unwrap();
        state.once.clear();
        state.always_of.clear();
        state.always = None;
        std::mem::take(&mut state.spoiled)
    }

    /// Waits until every request has arrived that [`Fault::Late`] has held back.
    pub async fn settled(&self) {
        let mut underway = self.underway.clone();
        // Without a sender there is no server any more, and nothing underway.
        let _ = underway.wait_for(|count| *count == 0).await;
    }
}

impl State {
    fn record(&mut self, operation: String) -> Option<Fault> {
        let is_for = |of: &Option<String>| of.as_ref().is_none_or(|of| *of == operation);
        let once = self.once.iter().position(|(of, _)| is_for(of));
        let once = once.and_then(|position| self.once.remove(position)).map(|(_, fault)| fault);
        let fault = once.or(self.always_of.get(&operation).copied()).or(self.always);
        self.operations.push(operation);
        self.spoiled += usize::from(fault.is_some());
        fault
    }
}

/// `DynamoDB_20120810.PutItem` is a `PutItem`.
fn operation(request: &Request<Bytes>) -> String {
    let target = request.headers().get("x-amz-target").and_then(|value| value.to_str().ok());
    let operation = target.and_then(|target| target.rsplit('.').next());
    operation.unwrap_or(request.method().as_str()).to_owned()
}
