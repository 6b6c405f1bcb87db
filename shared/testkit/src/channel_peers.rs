//! What the call channel talks to: the management API of the gateway that holds its connections,
//! and SQS.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{Arc, Mutex},
};

use emulator::loopback::{Answer, Loopback, answer};
use hyper::{Method, Request, body::Bytes};
use serde_json::{Value, json};

use crate::TEST_KEY_RING;

/// What a peer was asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    /// Send this to a connection.
    Post(String, Value),
    /// Close a connection.
    Close(String),
    /// Deliver this after so many seconds.
    Remind(Value, u64),
}

/// Both on one ephemeral port of 127.0.0.1.
#[derive(Debug)]
pub struct ChannelPeers {
    loopback: Loopback,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    heard: Vec<Heard>,
    gone: BTreeSet<String>,
    gateway_fault: Option<u16>,
    queue_fault: Option<u16>,
}

impl ChannelPeers {
    /// Listens from now on.
    pub async fn start() -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        let loopback = Loopback::start(move |request: Request<Bytes>| {
            let answer = shared.lock().unwrap().hear(&request);
            async move { answer }
        })
        .await;
        Self { loopback, state }
    }

    /// What `AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI` and `AWS_ENDPOINT_URL_SQS` have to say.
    pub fn endpoint_url(&self) -> String {
        format!("http://{}", self.loopback.address())
    }

    /// The environment of a function of the channel, with the table `table` at `database_url`.
    pub fn environment(&self, database_url: &str, table: &str) -> BTreeMap<String, String> {
        let here = self.endpoint_url();
        let variables = [
            ("AWS_ACCESS_KEY_ID", "AKIATESTTESTTESTTEST"),
            ("AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI", &here),
            ("AWS_ENDPOINT_URL_DYNAMODB", database_url),
            ("AWS_ENDPOINT_URL_SQS", &here),
            ("AWS_REGION", "eu-central-1"),
            ("AWS_SECRET_ACCESS_KEY", "good-for-nothing"),
            ("LOOP_DEADLINE_QUEUE_URL", "https://sqs.eu-central-1.amazonaws.com/1/deadlines"),
            ("LOOP_STUN_URLS", "stun:stun.example.org"),
            ("LOOP_TABLE", table),
            ("LOOP_TOKEN_KEYS", TEST_KEY_RING),
            ("LOOP_TURN_SECRET", "north"),
            ("LOOP_TURN_URLS", "turn:turn.example.org"),
        ];
        variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
    }

    /// What they were asked for and have done since the last time.
    pub fn take(&self) -> Vec<Heard> {
        std::mem::take(&mut self.state.lock().unwrap().heard)
    }

    /// From now on this connection is gone.
    pub fn lose(&self, connection: &str) {
        self.state.lock().unwrap().gone.insert(connection.to_owned());
    }

    /// From now on the gateway answers with this status and does nothing, or works again.
    pub fn set_gateway_fault(&self, status: Option<u16>) {
        self.state.lock().unwrap().gateway_fault = status;
    }

    /// The same for the queue.
    pub fn set_queue_fault(&self, status: Option<u16>) {
        self.state.lock().unwrap().queue_fault = status;
    }
}

impl State {
    fn hear(&mut self, request: &Request<Bytes>) -> Answer {
        match request.uri().path().strip_prefix("/@connections/") {
            // Connection ids are base64; the SDK encodes what stands at their end.
            Some(connection) => self.gateway(request, &connection.replace("%3D", "=")),
            None => self.queue(request),
        }
    }

    fn gateway(&mut self, request: &Request<Bytes>, connection: &str) -> Answer {
        if let Some(status) = self.gateway_fault {
            return answer(status, "application/json", "{}");
        }
        // Answers what the real one does, to a `GET` without credentials too.
        let heard = match *request.method() {
            _ if self.gone.contains(connection) => return answer(410, "application/json", ""),
            Method::POST => Heard::Post(connection.to_owned(), read(request.body())),
            Method::DELETE => {
                self.gone.insert(connection.to_owned());
                Heard::Close(connection.to_owned())
            }
            _ => return answer(403, "application/json", r#"{"message":"Forbidden"}"#),
        };
        self.heard.push(heard);
        answer(200, "application/json", "")
    }

    fn queue(&mut self, request: &Request<Bytes>) -> Answer {
        if let Some(status) = self.queue_fault {
            return answer(status, "application/x-amz-json-1.0", "{}");
        }
        assert_eq!(request.headers()["x-amz-target"], "AmazonSQS.SendMessage");
        let sent = read(request.body());
        let body = read(sent["MessageBody"].as_str().unwrap_or_default().as_bytes());
        self.heard.push(Heard::Remind(body, sent["DelaySeconds"].as_u64().unwrap_or_default()));
        let sent = json!({ "MessageId": "1", "MD5OfMessageBody": "" });
        answer(200, "application/x-amz-json-1.0", sent.to_string())
    }
}

fn read(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).expect("everything here is JSON")
}

impl fmt::Display for Heard {
    /// Short enough to compare whole stories: `alice: progress terminated cancel`.
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
