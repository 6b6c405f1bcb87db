//! The peers of the call channel: the gateway that holds its connections, and SQS.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    extract::{Request, State},
    http::StatusCode,
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use emulator::{
    delay_queue::{self, SendMessages, queue_routes},
    serving::Serving,
    websocket_api::{Description, Management, ManagementError, management_routes},
};
use serde_json::Value;
use tokio::net::TcpListener;

use crate::TEST_KEY_RING;

/// A request that a peer has received.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    /// A message to a connection.
    Post(String, Value),
    /// The end of a connection.
    Close(String),
    /// A message to deliver after this number of seconds.
    Remind(Value, u64),
}

/// Both peers on one ephemeral port of 127.0.0.1. They remember the requests they receive.
#[derive(Debug)]
pub struct ChannelPeers {
    address: SocketAddr,
    peers: Peers,
    // The server stops when this is dropped.
    _serving: Serving,
}

/// The connections and the queue behind the protocols.
#[derive(Clone, Debug, Default)]
struct Peers(Arc<Mutex<Ledger>>);

#[derive(Debug, Default)]
struct Ledger {
    heard: Vec<Heard>,
    gone: BTreeSet<String>,
    gateway_fault: Option<u16>,
    queue_fault: Option<u16>,
}

impl ChannelPeers {
    /// Starts both peers.
    pub async fn start() -> Self {
        let peers = Peers::default();
        let routes = management_routes(peers.clone()).merge(queue_routes(peers.clone()));
        let routes = routes.layer(middleware::from_fn_with_state(peers.clone(), fail));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has free ports");
        let address = listener.local_addr().expect("the listener is bound");
        Self { address, peers, _serving: Serving::start(listener, routes) }
    }

    /// Returns the value of `AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI` and `AWS_ENDPOINT_URL_SQS`.
    pub fn endpoint_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns the environment of a function of the channel, with the table `table` at
    /// `database_url`.
    pub fn environment(&self, database_url: &str, table: &str) -> BTreeMap<String, String> {
        let here = self.endpoint_url();
        let queue_url = format!("https://sqs.eu-central-1.amazonaws.com{}", delay_queue::PATH);
        let variables = [
            ("AWS_ACCESS_KEY_ID", "AKIATESTTESTTESTTEST"),
            ("AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI", &here),
            ("AWS_ENDPOINT_URL_DYNAMODB", database_url),
            ("AWS_ENDPOINT_URL_SQS", &here),
            ("AWS_REGION", "eu-central-1"),
            ("AWS_SECRET_ACCESS_KEY", "good-for-nothing"),
            ("LOOP_DEADLINE_QUEUE_URL", &queue_url),
            ("LOOP_STUN_URLS", "stun:stun.example.org"),
            ("LOOP_TABLE", table),
            ("LOOP_TOKEN_KEYS", TEST_KEY_RING),
            ("LOOP_TURN_SECRET", "north"),
            ("LOOP_TURN_URLS", "turn:turn.example.org"),
        ];
        variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
    }

    /// Returns the requests that the peers have received since the last time.
    pub fn take(&self) -> Vec<Heard> {
        std::mem::take(&mut self.peers.0.lock().unwrap().heard)
    }

    /// Loses a connection: the gateway no longer knows it.
    pub fn lose(&self, connection: &str) {
        self.peers.0.lock().unwrap().gone.insert(connection.to_owned());
    }

    /// Makes the gateway respond with this status and do nothing, or, with `None`, work again.
    pub fn set_gateway_fault(&self, status: Option<u16>) {
        self.peers.0.lock().unwrap().gateway_fault = status;
    }

    /// Makes the queue respond with this status and do nothing, or, with `None`, work again.
    pub fn set_queue_fault(&self, status: Option<u16>) {
        self.peers.0.lock().unwrap().queue_fault = status;
    }
}

/// Responds with the status of a fault, if one is set.
async fn fail(State(peers): State<Peers>, request: Request, routes: Next) -> Response {
    let fault = {
        let ledger = peers.0.lock().unwrap();
        let is_for_gateway = request.uri().path().contains("/@connections/");
        if is_for_gateway { ledger.gateway_fault } else { ledger.queue_fault }
    };
    match fault {
        Some(status) => StatusCode::from_u16(status).expect("a status").into_response(),
        None => routes.run(request).await,
    }
}

impl Management for Peers {
    async fn send(&self, connection: &str, text: &str) -> Result<(), ManagementError> {
        let mut ledger = self.0.lock().unwrap();
        ledger.expect_there(connection)?;
        ledger.heard.push(Heard::Post(connection.to_owned(), read(text)));
        Ok(())
    }

    async fn close(&self, connection: &str) -> Result<(), ManagementError> {
        let mut ledger = self.0.lock().unwrap();
        ledger.expect_there(connection)?;
        ledger.gone.insert(connection.to_owned());
        ledger.heard.push(Heard::Close(connection.to_owned()));
        Ok(())
    }

    async fn describe(&self, _: &str) -> Result<Description, ManagementError> {
        Err(ManagementError::Forbidden)
    }
}

impl SendMessages for Peers {
    fn send(&self, body: String, delay: Duration) -> String {
        let reminder = Heard::Remind(read(&body), delay.as_secs());
        self.0.lock().unwrap().heard.push(reminder);
        "1".to_owned()
    }
}

impl Ledger {
    fn expect_there(&self, connection: &str) -> Result<(), ManagementError> {
        if self.gone.contains(connection) { Err(ManagementError::Gone) } else { Ok(()) }
    }
}

fn read(text: &str) -> Value {
    serde_json::from_str(text).expect("everything here is JSON")
}

impl fmt::Display for Heard {
    /// Writes the request in a form short enough to compare whole stories:
    /// `alice: progress terminated cancel`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Close(connection) => write!(formatter, "{connection}: closed"),
            Self::Remind(_, seconds) => write!(formatter, "queue: {seconds} s"),
            Self::Post(connection, message) => {
                write!(formatter, "{connection}:")?;
                for field in ["type", "role", "state", "reason", "errno", "data"] {
                    match &message[field] {
                        Value::Null => {}
                        Value::String(text) => write!(formatter, " {text}")?,
                        value => write!(formatter, " {value}")?,
                    }
                }
                Ok(())
            }
        }
    }
}
