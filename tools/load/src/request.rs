//! Requests of the API, and their sessions.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

/// The name and value of a session's cookie, as the `Cookie` header has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session(String);

/// A request, for [`Connection`](crate::Connection) and [`Service`](crate::Service) alike.
#[derive(Clone, Debug)]
pub struct Request {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
}

/// A device of a callee, as it is registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Device {
    /// The push URL of a device of SimplePush.
    SimplePush(String),
    /// The id of a page that polls.
    Polling(String),
}

impl Request {
    /// Builds a request that accepts JSON. The path is sent as it is.
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        let headers = vec![("accept", "application/json".to_owned())];
        Self { method, path: path.into(), headers, body: String::new() }
    }

    /// Builds the request that registers a device, of a new user or of the session's user.
    pub fn register(session: Option<&Session>, device: &Device) -> Self {
        let request = Self::new(Method::POST, "/registration").json(&device.registration());
        session.into_iter().fold(request, Self::session)
    }

    /// Builds the request that removes a device.
    pub fn unregister(session: &Session, device: &Device) -> Self {
        let request = Self::new(Method::DELETE, "/registration").session(session);
        request.json(&device.registration())
    }

    /// Builds the request that makes a link from Bob to Alice, which is valid for whole seconds.
    pub fn make_link(session: &Session, valid: Duration) -> Self {
        Self::new(Method::POST, "/call-url").session(session).json(&json!({
            "remote_id": "alice@example.com",
            "callee_name": "Bob",
            "valid_duration": valid.as_secs(),
        }))
    }

    /// Builds the request that revokes a link.
    pub fn revoke_link(session: &Session, token: &str) -> Self {
        Self::new(Method::DELETE, format!("/call-url/{token}")).session(session)
    }

    /// Builds the request that opens a link, as a program does.
    pub fn open_link(token: &str) -> Self {
        Self::new(Method::GET, format!("/calls/{token}"))
    }

    /// Builds the request that opens a link, as a browser does.
    pub fn open_page(token: &str) -> Self {
        let mut request = Self::open_link(token);
        request.headers = vec![("accept", "text/html".to_owned())];
        request
    }

    /// Builds the request that places a call.
    pub fn place(token: &str) -> Self {
        Self::new(Method::POST, format!("/calls/{token}"))
    }

    /// Builds the request that lists the pending calls of the session's user.
    pub fn pending_calls(session: &Session) -> Self {
        Self::new(Method::GET, "/calls").session(session)
    }

    /// Adds a session.
    pub fn session(self, session: &Session) -> Self {
        self.header("cookie", session.cookie())
    }

    /// Adds a header, whose name is in lower case.
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Adds a body.
    pub fn json(mut self, body: &Value) -> Self {
        self.body = body.to_string();
        self.header("content-type", "application/json")
    }

    /// Returns the request to a server on this machine in HTTP/1.1.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let Self { method, path, headers, body } = self;
        let headers: String =
            headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let length = body.len();
        format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\n{headers}content-length: {length}\r\n\
             \r\n{body}"
        )
        .into_bytes()
    }
}

impl Session {
    /// Reads the value of a `Set-Cookie` header: the pair before its attributes (RFC 6265,
    /// section 4.1.1).
    pub fn from_set_cookie(set_cookie: &str) -> Self {
        Self(set_cookie.split(';').next().unwrap_or_default().to_owned())
    }

    /// Returns the value of the `Cookie` header.
    pub fn cookie(&self) -> &str {
        &self.0
    }

    /// Returns the token alone, without the cookie's name.
    pub fn token(&self) -> &str {
        self.0.split_once('=').map_or("", |(_, token)| token)
    }
}

impl Device {
    fn registration(&self) -> Value {
        match self {
            Self::SimplePush(url) => json!({ "simple_push_url": url }),
            Self::Polling(id) => json!({ "polling_id": id }),
        }
    }
}
