//! Whole services that share one table, each with a key ring that `cargo run -p keys` has made.

use std::{process::Command, time::Duration};

use emulator::EmbeddedDynamoDb;
use local::{LocalServer, Options, environment::TABLE};
use loop_lambda::{LogFormat, Logger};
use reqwest::{Client, RequestBuilder, Response, header};
use serde_json::{Value, json};

const ORIGIN: &str = "https://loop.example.org";
const TIMEOUT: Duration = Duration::from_secs(20);

/// The status and error number for a session and for a link.
pub(crate) type Verdict = [(u16, Option<u64>); 2];

pub(crate) const ACCEPTED: Verdict = [(200, None), (200, None)];
pub(crate) const REFUSED: Verdict = [(401, Some(110)), (404, Some(105))];

/// The tokens that an instance hands out.
pub(crate) struct Signed {
    /// The session cookie as `name=value`.
    pub(crate) cookie: String,
    pub(crate) call_token: String,
}

/// A service whose functions all have the same ring.
pub(crate) struct Instances {
    server: LocalServer,
    client: Client,
}

impl Instances {
    pub(crate) async fn start(ring: &str, table: &Table) -> Self {
        let variables = [("LOOP_PUBLIC_URL", ORIGIN), ("LOOP_TOKEN_KEYS", ring)];
        let server = LocalServer::start(Options {
            database_url: Some(table.0.endpoint_url()),
            variables: variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            ..Options::new(Logger::new(LogFormat::Json, std::io::sink()))
        });
        let client = loop_outbound::client(TIMEOUT).unwrap().build().unwrap();
        Self { server: server.await.unwrap(), client }
    }

    pub(crate) async fn sign(&self) -> Signed {
        let device = json!({ "polling_id": "AAAAAAAAAAAAAAAAAAAAAA" });
        let response = send(self.post("/registration", &device)).await;
        let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        let made: Value = self.make_link(&cookie).await.json().await.unwrap();
        Signed { cookie, call_token: made["call_token"].as_str().unwrap().to_owned() }
    }

    pub(crate) async fn accept(&self, signed: &Signed) -> Verdict {
        let url = format!("{}/calls/{}", self.server.url(), signed.call_token);
        let open = self.client.get(url).header(header::ACCEPT, "application/json");
        [verdict(self.make_link(&signed.cookie).await).await, verdict(send(open).await).await]
    }

    async fn make_link(&self, cookie: &str) -> Response {
        let wish = json!({ "remote_id": "alice@example.com", "valid_duration": 86_400 });
        send(self.post("/call-url", &wish).header(header::COOKIE, cookie)).await
    }

    fn post(&self, path: &str, body: &Value) -> RequestBuilder {
        self.client.post(format!("{}{path}", self.server.url())).json(body)
    }
}

async fn send(request: RequestBuilder) -> Response {
    request.send().await.unwrap()
}

async fn verdict(response: Response) -> (u16, Option<u64>) {
    let status = response.status().as_u16();
    let body: Value = response.json().await.unwrap();
    (status, body["errno"].as_u64())
}

/// The table that all instances share.
pub(crate) struct Table(EmbeddedDynamoDb);

impl Table {
    pub(crate) async fn start() -> Self {
        let database = EmbeddedDynamoDb::start(None).await.unwrap();
        database.create_table(TABLE).unwrap();
        Self(database)
    }
}

/// Runs `cargo run -p keys` and returns its output.
pub(crate) fn keys(arguments: &[&str], ring: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keys"));
    let output = command.args(arguments).env("LOOP_TOKEN_KEYS", ring).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
