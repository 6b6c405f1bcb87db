//! What a client asks the service for, and how it may end.

use std::{io, net::SocketAddr};

use http_load::{Connection, request};
use serde_json::{Value, json};

/// Why something was not acknowledged.
#[derive(Debug)]
pub(crate) enum Unacknowledged {
    /// There was no whole answer. Whether it was done nobody knows.
    Lost(io::Error),
    /// The service has refused it, or answers what nobody understands.
    Refused(String),
}

type Outcome<T> = Result<T, Unacknowledged>;

/// One connection.
#[derive(Debug)]
pub(crate) struct Api(Connection);

/// What comes of calling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Called {
    Placed(Placed),
    /// The link is revoked.
    Revoked,
    /// The callee has no device.
    NoDevice,
}

/// A call that was placed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Placed {
    pub(crate) id: String,
    pub(crate) expires_at: u64,
    pub(crate) notified: bool,
}

impl From<io::Error> for Unacknowledged {
    fn from(error: io::Error) -> Self {
        Self::Lost(error)
    }
}

impl Api {
    pub(crate) fn connect(address: SocketAddr) -> io::Result<Self> {
        Ok(Self(Connection::open(address)?))
    }

    /// Gives the session of a new user, or of the same one.
    pub(crate) fn register(
        &mut self,
        cookie: Option<&str>,
        push_url: &str,
    ) -> Outcome<Option<String>> {
        let body = json!({ "simple_push_url": push_url });
        let request = request("POST", "/registration", cookie, Some(&body));
        let answer = self.0.exchange(&request)?;
        let given = answer.header("set-cookie").and_then(|cookie| cookie.split(';').next());
        expect(200, answer.status(), &answer.json(), "POST /registration")?;
        Ok(given.map(str::to_owned))
    }

    pub(crate) fn unregister(&mut self, cookie: &str, push_url: &str) -> Outcome<()> {
        let body = json!({ "simple_push_url": push_url });
        let (status, answer) = self.send("DELETE", "/registration", Some(cookie), Some(&body))?;
        expect(204, status, &answer, "DELETE /registration")
    }

    /// The token of a new link.
    pub(crate) fn make_link(&mut self, cookie: &str) -> Outcome<String> {
        let body = json!({ "remote_id": "alice@example.com", "valid_duration": 86_400 });
        let (status, answer) = self.send("POST", "/call-url", Some(cookie), Some(&body))?;
        expect(200, status, &answer, "POST /call-url")?;
        text(&answer, "call_token")
    }

    pub(crate) fn revoke(&mut self, cookie: &str, token: &str) -> Outcome<()> {
        let path = format!("/call-url/{token}");
        let (status, answer) = self.send("DELETE", &path, Some(cookie), None)?;
        expect(204, status, &answer, "DELETE /call-url")
    }

    pub(crate) fn call(&mut self, token: &str) -> Outcome<Called> {
        let (status, answer) = self.send("POST", &format!("/calls/{token}"), None, None)?;
        match (status, answer["errno"].as_u64()) {
            (410, Some(111)) => return Ok(Called::Revoked),
            (409, Some(122)) => return Ok(Called::NoDevice),
            _ => expect(200, status, &answer, "POST /calls")?,
        }
        let (Some(expires_at), Some(notified)) =
            (answer["expires_at"].as_u64(), answer["notified"].as_bool())
        else {
            return Err(Unacknowledged::Refused(format!("a placed call: {answer}")));
        };
        Ok(Called::Placed(Placed { id: text(&answer, "call_id")?, expires_at, notified }))
    }

    /// The calls that ring this user.
    pub(crate) fn pending_calls(&mut self, cookie: &str) -> Outcome<Vec<Value>> {
        let (status, mut answer) = self.send("GET", "/calls", Some(cookie), None)?;
        expect(200, status, &answer, "GET /calls")?;
        match answer["calls"].take() {
            Value::Array(calls) => Ok(calls),
            _ => Err(Unacknowledged::Refused(format!("GET /calls: {answer}"))),
        }
    }

    fn send(
        &mut self,
        method: &str,
        path: &str,
        cookie: Option<&str>,
        body: Option<&Value>,
    ) -> io::Result<(u16, Value)> {
        let answer = self.0.exchange(&request(method, path, cookie, body))?;
        Ok((answer.status(), answer.json()))
    }
}

fn expect(expected: u16, status: u16, answer: &Value, what: &str) -> Outcome<()> {
    match status == expected {
        true => Ok(()),
        false => Err(Unacknowledged::Refused(format!("{what} gave {status}: {answer}"))),
    }
}

fn text(answer: &Value, name: &str) -> Outcome<String> {
    let text = answer[name].as_str().map(str::to_owned);
    text.ok_or_else(|| Unacknowledged::Refused(format!("an answer without {name}: {answer}")))
}
