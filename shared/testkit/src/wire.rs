//! The network between the store and DynamoDB, with the faults that can happen on it.

mod consumed;
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

pub use consumed::Consumed;
pub use fault::Fault;
pub use hold::Hold;

/// A proxy that forwards requests to a DynamoDB endpoint, records their operations, and spoils the
/// requests that a test chooses. Spoiled requests are recorded too.
#[derive(Debug)]
pub struct WireRecorder {
    loopback: Loopback,
    state: Arc<Mutex<State>>,
    underway: watch::Receiver<usize>,
}

#[derive(Debug, Default)]
struct State {
    operations: Vec<String>,
    consumed: Consumed,
    /// Faults that each apply to one request: of one operation, or of any.
    once: VecDeque<(Option<String>, Fault)>,
    /// Faults that apply to all requests of an operation for which `once` has none left.
    always_of: HashMap<String, Fault>,
    /// The fault that applies to all requests for which the fields above have none.
    always: Option<Fault>,
    spoiled: usize,
    /// The operations whose requests wait until a test releases them.
    held: HashMap<String, Held>,
}

impl WireRecorder {
    /// Starts a recorder in front of `endpoint_url` (`http://address:port`).
    pub async fn start(endpoint_url: &str) -> Self {
        let upstream = endpoint_url.strip_prefix("http://").expect("an http endpoint").to_owned();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        let (late, underway) = watch::channel(0);
        let loopback = Loopback::start(move |request| {
            let operation = operation(&request);
            let mut state = shared.lock().unwrap();
            let held = state.held.get(&operation).cloned();
            let fault = state.record(operation.clone());
            let passed = fault::pass(request, fault, upstream.clone(), late.clone());
            let shared = Arc::clone(&shared);
            async move {
                if let Some(held) = held {
                    held.wait().await;
                }
                let response = passed.await?;
                if fault.is_some() {
                    return Some(response);
                }
                let (body, response) = consumed::read(response).await?;
                let is_success = response.status().is_success();
                shared.lock().unwrap().consumed.add(&operation, is_success, &body);
                Some(response)
            }
        })
        .await;
        Self { loopback, state, underway }
    }

    /// Returns the value of `AWS_ENDPOINT_URL_DYNAMODB` that leads requests through the recorder.
    pub fn endpoint_url(&self) -> String {
        format!("http://{}", self.loopback.address())
    }

    /// Returns the operations since the last time, in the order in which they came: `Query`,
    /// `PutItem`; the HTTP method for a request that names no operation.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.state.lock().unwrap().operations)
    }

    /// Returns the number of operations that [`WireRecorder::take`] would return.
    pub fn count(&self) -> usize {
        self.state.lock().unwrap().operations.len()
    }

    /// Returns the capacity units that unspoiled responses have told so far.
    pub fn consumed(&self) -> Consumed {
        self.state.lock().unwrap().consumed
    }

    /// Returns the number of TCP connections so far.
    pub fn connections(&self) -> usize {
        self.loopback.accepted()
    }

    /// Spoils the next request. A second call spoils the one after that.
    pub fn fail_next(&self, fault: Fault) {
        self.state.lock().unwrap().once.push_back((None, fault));
    }

    /// Spoils the next request of this operation (`PutItem`) and lets other requests pass.
    pub fn fail_next_of(&self, operation: &str, fault: Fault) {
        self.state.lock().unwrap().once.push_back((Some(operation.to_owned()), fault));
    }

    /// Spoils every request from now on, or, with `None`, no request.
    pub fn set_fault(&self, fault: Option<Fault>) {
        self.state.lock().unwrap().always = fault;
    }

    /// Spoils every request of this operation from now on.
    pub fn set_fault_of(&self, operation: &str, fault: Fault) {
        self.state.lock().unwrap().always_of.insert(operation.to_owned(), fault);
    }

    /// Holds back the requests of this operation until the test releases them, including repeats of
    /// a request that the client gave up. Requests after the release pass.
    pub fn hold(&self, operation: &str) -> Hold {
        let (hold, held) = hold::hold();
        self.state.lock().unwrap().held.insert(operation.to_owned(), held);
        hold
    }

    /// Ends all faults, and returns the number of requests spoiled since the last time.
    pub fn heal(&self) -> usize {
        let mut state = self.state.lock().unwrap();
        state.once.clear();
        state.always_of.clear();
        state.always = None;
        std::mem::take(&mut state.spoiled)
    }

    /// Waits until every request that [`Fault::Late`] has held back has reached DynamoDB.
    pub async fn settled(&self) {
        let mut underway = self.underway.clone();
        // Without a sender there is no server any more, and no request is underway.
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

/// Returns the operation that a request names: `PutItem` for `DynamoDB_20120810.PutItem`.
fn operation(request: &Request<Bytes>) -> String {
    let target = request.headers().get("x-amz-target").and_then(|value| value.to_str().ok());
    let operation = target.and_then(|target| target.rsplit('.').next());
    operation.unwrap_or(request.method().as_str()).to_owned()
}
