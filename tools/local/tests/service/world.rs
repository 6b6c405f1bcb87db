//! A service with its surroundings, and browsers that talk to it.

use std::{
    collections::BTreeSet,
    io::{Read, Write},
    sync::{Arc, Mutex},
    time::Duration,
};

use flate2::bufread::GzDecoder;
use local::{LocalServer, Options, environment::TABLE};
use loop_core::{Clock, UnixMillis};
use loop_lambda::{LogFormat, Logger};
use loop_testkit::{ManualClock, PushReceiver, TestDynamoDb, WireRecorder};
use reqwest::{Client, Method, Response, StatusCode, header::HeaderMap};
use serde_json::{Value, json};

use crate::secrets::Secrets;

/// The time at which every story begins: 2027-01-15T08:00:00Z.
pub(crate) const BEGINNING: u64 = 1_800_000_000;

/// A wait that is long enough for any push that will come, on a busy machine.
pub(crate) const SOON: Duration = Duration::from_secs(20);

pub(crate) struct World {
    pub(crate) server: LocalServer,
    pub(crate) database: TestDynamoDb,
    pub(crate) wire: WireRecorder,
    pub(crate) push: PushReceiver,
    pub(crate) clock: ManualClock,
    pub(crate) log: Log,
    secrets: Secrets,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(&[]).await
    }

    /// Starts a world with settings that differ from the local defaults.
    pub(crate) async fn with(variables: &[(&str, &str)]) -> Self {
        let clock = ManualClock::new(UnixMillis::new(BEGINNING * 1000));
        let database = TestDynamoDb::start_with_clock((&clock).into()).await;
        database.create_table(TABLE);
        let wire = WireRecorder::start(&database.endpoint_url()).await;
        let log = Log::default();
        let told = clock.clone();
        let server = LocalServer::start(Options {
            database_url: Some(wire.endpoint_url()),
            variables: variables.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
            clock: Clock::new(move || told.now()),
            ..Options::new(Logger::new(LogFormat::Json, log.clone()))
        })
        .await
        .unwrap();
        let secrets = Secrets::of_server(&server.url());
        secrets.note_settings(server.environment().iter());
        let push = PushReceiver::start().await;
        Self { server, database, wire, push, clock, log, secrets }
    }

    /// Moves the clock to this number of seconds after the beginning.
    pub(crate) fn after(&self, seconds: u64) {
        self.clock.set(UnixMillis::new((BEGINNING + seconds) * 1000));
    }

    /// Moves the clock to the last millisecond before this number of seconds after the beginning.
    pub(crate) fn just_before(&self, seconds: u64) {
        self.clock.set(UnixMillis::new((BEGINNING + seconds) * 1000 - 1));
    }

    /// Moves the clock as [`after`](Self::after) does, and lets the table delete all that it may.
    pub(crate) fn after_and_swept(&self, seconds: u64) {
        self.after(seconds);
        self.database.delete_expired();
    }

    /// Returns a new browser without cookies.
    pub(crate) fn browser(&self) -> Browser {
        Browser::new(&self.server.url())
    }

    /// Returns a browser that has registered a SimplePush URL with this path.
    pub(crate) async fn registered(&self, path: &str) -> Browser {
        let mut bob = self.browser();
        let body = json!({ "simple_push_url": self.push.url(path) });
        bob.post("/registration", body).await.expect(StatusCode::OK);
        bob
    }
}

/// This runs in every test: no secret that has passed through the server may be in the log.
impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        for ping in self.push.received() {
            self.secrets.note(&self.push.url(&ping.path), "a push URL that was asked");
            let authorization = ping.headers.get("authorization");
            self.secrets.note(authorization.map_or("", String::as_str), "a signature for a push");
        }
        self.secrets.expect_none_in(&self.log.text(), "the log");
    }
}

/// The lines that the service has logged.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    pub(crate) fn lines(&self) -> Vec<Value> {
        self.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

pub(crate) struct Browser {
    client: Client,
    url: String,
    secrets: Secrets,
    pub(crate) cookie: Option<String>,
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl Browser {
    pub(crate) fn new(url: &str) -> Self {
        let client = loop_outbound::client(SOON).unwrap().timeout(SOON).build().unwrap();
        let secrets = Secrets::of_server(url);
        Self { client, url: url.to_owned(), secrets, cookie: None, headers: Vec::new() }
    }

    /// Returns the browser with a header that it sends in every request.
    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub(crate) async fn get(&mut self, path: &str) -> Received {
        self.send(Method::GET, path, None).await
    }

    pub(crate) async fn page(&mut self, path: &str) -> Received {
        self.headers.push(("accept", "text/html,*/*;q=0.8".to_owned()));
        let response = self.send(Method::GET, path, None).await;
        self.headers.pop();
        response
    }

    pub(crate) async fn post(&mut self, path: &str, body: Value) -> Received {
        self.send(Method::POST, path, Some(json_body(body))).await
    }

    /// Sends a `POST` without a body.
    pub(crate) async fn call(&mut self, path: &str) -> Received {
        self.send(Method::POST, path, None).await
    }

    pub(crate) async fn delete(&mut self, path: &str) -> Received {
        self.send(Method::DELETE, path, None).await
    }

    pub(crate) async fn delete_with(&mut self, path: &str, body: Value) -> Received {
        self.send(Method::DELETE, path, Some(json_body(body))).await
    }

    /// Sends any request; `body` has its content type. As our pages do, it asks for JSON unless a
    /// header says otherwise. An error must not contain any secret, not even one of its own
    /// request.
    pub(crate) async fn send(
        &mut self,
        method: Method,
        path: &str,
        body: Option<(Option<&str>, Vec<u8>)>,
    ) -> Received {
        let mut request = self.client.request(method, format!("{}{path}", self.url));
        self.secrets.note_path(path);
        if let Some((content_type, body)) = body {
            self.secrets.note_body(&body);
            request = request.body(body);
            if let Some(content_type) = content_type {
                request = request.header("content-type", content_type);
            }
        }
        if !self.headers.iter().any(|(name, _)| *name == "accept") {
            request = request.header("accept", "application/json");
        }
        if let Some(cookie) = &self.cookie {
            self.secrets.note_cookie(cookie);
            request = request.header("cookie", cookie);
        }
        for (name, value) in &self.headers {
            match *name {
                "cookie" => self.secrets.note_cookie(value),
                "idempotency-key" => self.secrets.note(value, "an Idempotency-Key"),
                _ => {}
            }
            request = request.header(*name, value);
        }
        let response = Received::read(request.send().await.unwrap()).await;
        if response.status.is_client_error() || response.status.is_server_error() {
            self.secrets.expect_none_in_error(&response.headers, &response.text);
        }
        self.secrets.note_body(response.text.as_bytes());
        if let Some(given) = response.headers.get("set-cookie") {
            self.secrets.note_cookie(given.to_str().unwrap());
            self.cookie = given.to_str().unwrap().split(';').next().map(str::to_owned);
        }
        response
    }

    /// Makes a link for Alice and returns its path and the response.
    pub(crate) async fn link(&mut self, seconds: u64) -> (String, Value) {
        let wish = json!({
            "remote_id": "alice@example.com", "callee_name": "Bob", "valid_duration": seconds,
        });
        let made = self.post("/call-url", wish).await.expect(StatusCode::OK);
        (format!("/calls/{}", made["call_token"].as_str().unwrap()), made)
    }
}

fn json_body(body: Value) -> (Option<&'static str>, Vec<u8>) {
    (Some("application/json"), body.to_string().into_bytes())
}

/// Decompresses a text, all of which has to be one gzip stream.
fn decompressed(stream: &[u8]) -> Vec<u8> {
    let (mut rest, mut text) = (stream, Vec::new());
    GzDecoder::new(&mut rest).read_to_end(&mut text).unwrap();
    assert!(rest.is_empty(), "{} bytes too many", rest.len());
    text
}

#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// The body as text, after decompression.
    pub(crate) text: String,
}

impl Received {
    async fn read(response: Response) -> Self {
        let (status, headers) = (response.status(), response.headers().clone());
        let mut body = response.bytes().await.unwrap().to_vec();
        // A response to `HEAD` has the header but no body.
        if headers.get("content-encoding").is_some_and(|it| it == "gzip") && !body.is_empty() {
            body = decompressed(&body);
        }
        Self { status, headers, text: String::from_utf8(body).unwrap() }
    }

    /// Returns the JSON of a response, which must have this status.
    #[track_caller]
    pub(crate) fn expect(&self, status: StatusCode) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        if self.text.is_empty() { Value::Null } else { self.json() }
    }

    /// Returns the JSON of an error, whose form is checked.
    #[track_caller]
    pub(crate) fn expect_error(&self, status: u16, errno: u16) -> Value {
        let error = self.json();
        assert_eq!((self.status.as_u16(), &error["errno"]), (status, &json!(errno)), "{error}");
        assert_eq!(error["code"], status, "{error}");
        assert_eq!(error["error"], self.status.canonical_reason().unwrap(), "{error}");
        assert!(error["message"].is_string(), "{error}");
        assert!(error["request_id"].as_str().is_some_and(|id| !id.is_empty()), "{error}");
        assert_eq!(error.as_object().unwrap().len(), 5, "{error}");
        assert_eq!(self.header("content-type"), "application/json");
        error
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    /// Returns the header names in `Vary`, which a cache would have to tell apart.
    pub(crate) fn vary(&self) -> BTreeSet<&str> {
        let values = self.headers.get_all("vary").iter().map(|value| value.to_str().unwrap());
        values.flat_map(|value| value.split(',')).map(str::trim).collect()
    }

    /// Returns the value of a header, or an empty text when it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}
