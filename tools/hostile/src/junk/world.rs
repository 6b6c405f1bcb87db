//! The server with everything around it: its DynamoDB, where requests are counted, and somebody
//! who uses it.

use std::{
    thread,
    time::{Duration, Instant},
};

use emulator::EmbeddedDynamoDb;
use http_load::{Connection, ServerProcess, request};
use local::environment::TABLE;
use loop_testkit::WireRecorder;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::{Failure, start::Start};

pub(crate) struct World {
    pub(crate) server: ServerProcess,
    wire: WireRecorder,
    _database: EmbeddedDynamoDb,
    /// Bob's session.
    pub(crate) cookie: String,
    /// Of Bob's link.
    pub(crate) token: String,
    /// Real tokens that are good for something else.
    pub(crate) other_tokens: Vec<String>,
}

impl World {
    pub(crate) fn start(runtime: &Runtime) -> Result<Self, Failure> {
        let (database, wire) = runtime.block_on(async {
            let database = EmbeddedDynamoDb::start(None).await?;
            database.create_table(TABLE)?;
            let wire = WireRecorder::start(&database.endpoint_url()).await;
            Ok::<_, Failure>((database, wire))
        })?;
        let server = Start::with_database(&wire.endpoint_url())?.serving()?;

        let mut bob = Connection::open(server.address())?;
        let device = json!({ "simple_push_url": "http://localhost:9/bob" });
        let answer = bob.exchange(&request("POST", "/registration", None, Some(&device)))?;
        let cookie = answer.header("set-cookie").and_then(|cookie| cookie.split(';').next());
        let cookie = cookie.ok_or("a registration gave no session")?.to_owned();
        let wish = json!({ "remote_id": "alice@example.com", "callee_name": "Bob", "valid_duration": 86_400 });
        let made = bob.exchange(&request("POST", "/call-url", Some(&cookie), Some(&wish)))?.json();
        let token = text(&made, "call_token")?;
        let placed = bob.exchange(&request("POST", &format!("/calls/{token}"), None, None))?.json();
        let session = cookie.split_once('=').map(|(_, session)| session.to_owned());
        let other_tokens =
            vec![session.ok_or("a cookie has no value")?, text(&placed, "session_token")?];
        Ok(Self { server, wire, _database: database, cookie, token, other_tokens })
    }

    /// That requests to DynamoDB are seen at all: Bob's registration was one. Forgets those so far.
    pub(crate) fn expect_recorded(&self) -> Result<(), Failure> {
        match self.operations().as_slice() {
            [first, ..] if first == "PutItem" => Ok(()),
            seen => Err(format!("of a registration and a call DynamoDB has seen {seen:?}").into()),
        }
    }

    /// What DynamoDB was asked since the last time.
    pub(crate) fn operations(&self) -> Vec<String> {
        self.wire.take()
    }

    /// The server's memory in KiB after each second from `begin`.
    pub(crate) fn memory_each_second(
        &self,
        begin: Instant,
        seconds: u16,
    ) -> Result<Vec<u64>, Failure> {
        (1..=u64::from(seconds))
            .map(|second| {
                let due = begin + Duration::from_secs(second);
                thread::sleep(due.saturating_duration_since(Instant::now()));
                Ok(self.server.process().resident()?)
            })
            .collect()
    }
}

fn text(answer: &Value, name: &str) -> Result<String, Failure> {
    let text = answer[name].as_str().map(str::to_owned);
    text.ok_or_else(|| format!("an answer without {name}: {answer}").into())
}
