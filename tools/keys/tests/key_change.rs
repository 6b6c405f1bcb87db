//! Tests that a new key comes into service while old and new instances run side by side.
//!
//! The rings are made by the tool that an operator uses, in the order of `docs/token.md`.
//! Instances are whole services that share one table.

#![allow(clippy::unwrap_used, reason = "tests report by panicking")]

use std::{process::Command, time::Duration};

use emulator::EmbeddedDynamoDb;
use local::{LocalServer, Options, environment::TABLE};
use loop_lambda::{LogFormat, Logger};
use reqwest::{Client, RequestBuilder, Response, header};
use serde_json::{Value, json};

const ORIGIN: &str = "https://loop.example.org";
const TIMEOUT: Duration = Duration::from_secs(20);

#[tokio::test]
async fn at_every_step_old_and_new_instances_accept_what_either_has_signed() {
    let table = Table::start().await;
    let former = keys(&["new"], "");
    let added = keys(&["rotate", "add"], &former);
    let signing = keys(&["rotate", "sign"], &added);
    let removed = keys(&["rotate", "remove"], &signing);

    let mut of_the_former_key = Vec::new();
    let mut of_the_new_key = Vec::new();
    let mut old = Instances::start(&former, &table).await;
    for (ring, is_new_key) in [(&former, false), (&added, false), (&signing, true)] {
        let new = Instances::start(ring, &table).await;
        let signed = [old.sign().await, new.sign().await];
        for signed in signed.iter().chain(&of_the_former_key).chain(&of_the_new_key) {
            assert_eq!([old.accept(signed).await, new.accept(signed).await], [ACCEPTED; 2]);
        }
        let [by_old, by_new] = signed;
        of_the_former_key.push(by_old);
        if is_new_key { &mut of_the_new_key } else { &mut of_the_former_key }.push(by_new);
        old = new;
    }

    let new = Instances::start(&removed, &table).await;
    of_the_new_key.extend([old.sign().await, new.sign().await]);
    for signed in &of_the_new_key {
        assert_eq!([old.accept(signed).await, new.accept(signed).await], [ACCEPTED; 2]);
    }
    for signed in &of_the_former_key {
        assert_eq!([old.accept(signed).await, new.accept(signed).await], [ACCEPTED, REFUSED]);
    }
}

#[tokio::test]
async fn a_key_that_signs_before_it_is_everywhere_makes_links_that_fail() {
    let table = Table::start().await;
    let former = keys(&["new"], "");
    let signing = keys(&["rotate", "sign"], &keys(&["rotate", "add"], &former));

    let (old, new) =
        (Instances::start(&former, &table).await, Instances::start(&signing, &table).await);
    let (by_old, by_new) = (old.sign().await, new.sign().await);
    assert_eq!([old.accept(&by_old).await, new.accept(&by_old).await], [ACCEPTED; 2]);
    assert_eq!([old.accept(&by_new).await, new.accept(&by_new).await], [REFUSED, ACCEPTED]);
}

/// The status and error number for a session and for a link.
type Verdict = [(u16, Option<u64>); 2];

const ACCEPTED: Verdict = [(200, None), (200, None)];
const REFUSED: Verdict = [(401, Some(110)), (404, Some(105))];

/// The tokens that an instance hands out.
struct Signed {
    /// The session cookie as `name=value`.
    cookie: String,
    call_token: String,
}

/// A service whose functions all have the same ring.
struct Instances {
    server: LocalServer,
    client: Client,
}

impl Instances {
    async fn start(ring: &str, table: &Table) -> Self {
        let variables = [("LOOP_PUBLIC_URL", ORIGIN), ("LOOP_TOKEN_KEYS", ring)];
        let server = LocalServer::start(Options {
            database_url: Some(table.0.endpoint_url()),
            variables: variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            ..Options::new(Logger::new(LogFormat::Json, std::io::sink()))
        });
        let client = loop_outbound::client(TIMEOUT).unwrap().build().unwrap();
        Self { server: server.await.unwrap(), client }
    }

    async fn sign(&self) -> Signed {
        let device = json!({ "polling_id": "AAAAAAAAAAAAAAAAAAAAAA" });
        let response = send(self.post("/registration", &device)).await;
        let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        let made: Value = self.make_link(&cookie).await.json().await.unwrap();
        Signed { cookie, call_token: made["call_token"].as_str().unwrap().to_owned() }
    }

    async fn accept(&self, signed: &Signed) -> Verdict {
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
struct Table(EmbeddedDynamoDb);

impl Table {
    async fn start() -> Self {
        let database = EmbeddedDynamoDb::start(None).await.unwrap();
        database.create_table(TABLE).unwrap();
        Self(database)
    }
}

/// Runs `cargo run -p keys` and returns its output.
fn keys(arguments: &[&str], ring: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keys"));
    let output = command.args(arguments).env("LOOP_TOKEN_KEYS", ring).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
