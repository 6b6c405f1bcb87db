//! The service under load, as its clients speak to it.

use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder, StatusCode, header};
use serde_json::Value;

use crate::{Failure, target::Target};

/// The longest answer is the page of a link, with its scripts.
const BODY_MAX_BYTES: usize = 1024 * 1024;

/// Connections to the target. They are kept: what is measured is the service, not handshakes.
#[derive(Clone, Debug)]
pub(crate) struct Service {
    client: Client,
    target: Target,
}

/// A request that is yet to be sent.
#[derive(Debug)]
pub(crate) struct Request(RequestBuilder);

/// An answer, all of it.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    /// The session that came with it: name and value of a cookie.
    pub(crate) cookie: Option<String>,
    body: Vec<u8>,
}

impl Service {
    /// Nothing is sent yet. Each request, from connecting to the last byte of its answer, has
    /// `timeout`.
    ///
    /// # Errors
    /// A fault of the build.
    pub(crate) fn new(target: Target, timeout: Duration) -> Result<Self, Failure> {
        let client = loop_outbound::client(timeout)?
            .pool_max_idle_per_host(usize::MAX)
            .timeout(timeout)
            .user_agent(concat!("loop-loadtest/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { client, target })
    }

    pub(crate) fn target(&self) -> &Target {
        &self.target
    }

    /// Asks for JSON.
    pub(crate) fn request(&self, method: Method, path: &str) -> Request {
        let request = self.client.request(method, self.target.url(path));
        Request(request.header(header::ACCEPT, "application/json"))
    }

    /// Asks for a page, as a browser does.
    pub(crate) fn page(&self, path: &str) -> Request {
        Request(self.client.get(self.target.url(path)).header(header::ACCEPT, "text/html"))
    }

    /// Its version, if it is Loop.
    ///
    /// # Errors
    /// It does not answer, or is something else.
    pub(crate) async fn version(&self) -> Result<String, Failure> {
        let origin = self.target.origin();
        let answer = self.request(Method::GET, "/").send().await;
        let answer = answer.map_err(|fault| format!("{origin} can't be reached: {fault}"))?;
        let description = answer.json();
        if description["name"] != "loop" {
            return Err(format!("{origin} answers, but is not Loop").into());
        }
        Ok(description["version"].as_str().unwrap_or("unknown").to_owned())
    }
}

impl Request {
    pub(crate) fn session(self, cookie: &str) -> Self {
        Self(self.0.header(header::COOKIE, cookie))
    }

    /// Makes repeats of it one and the same call.
    pub(crate) fn idempotency_key(self, key: &str) -> Self {
        Self(self.0.header("idempotency-key", key))
    }

    pub(crate) fn body(self, body: &Value) -> Self {
        Self(self.0.json(body))
    }

    /// Sends it, and reads the whole answer. Redirects are not followed.
    ///
    /// # Errors
    /// There was none; says why in a few words, without the URL.
    pub(crate) async fn send(self) -> Result<Answer, String> {
        let response = self.0.send().await.map_err(loop_outbound::cause)?;
        let status = response.status();
        let cookie = response.headers().get(header::SET_COOKIE).and_then(|it| it.to_str().ok());
        let cookie = cookie.and_then(|given| given.split(';').next()).map(str::to_owned);
        let body = loop_outbound::read_at_most(response, BODY_MAX_BYTES).await;
        Ok(Answer { status, cookie, body: body.map_err(loop_outbound::cause)? })
    }
}

impl Answer {
    /// The body; `null`, when it is not JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.body.is_empty()
    }

    /// Status and error number: all that is kept of a wrong answer.
    pub(crate) fn summary(&self) -> String {
        match self.json()["errno"].as_u64() {
            Some(errno) => format!("{}, errno {errno}", self.status.as_u16()),
            None => self.status.as_u16().to_string(),
        }
    }
}
