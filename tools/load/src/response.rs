//! Responses of the API.

use reqwest::{
    StatusCode,
    header::{HeaderMap, SET_COOKIE},
};
use serde::Deserialize;
use serde_json::Value;

use crate::{ClientError, Session};

/// A response, all of it.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

/// A call that was placed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct PlacedCall {
    /// The call's id.
    pub call_id: String,
    /// The end of the ringing, in seconds of Unix time.
    pub expires_at: u64,
    /// Whether a device of the callee was notified.
    pub notified: bool,
}

impl Response {
    /// Returns the body as JSON; `null`, when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// Returns the error number in the body.
    pub fn errno(&self) -> Option<u64> {
        self.json()["errno"].as_u64()
    }

    /// Returns status and error number as text.
    pub fn summary(&self) -> String {
        let status = self.status.as_u16();
        self.errno().map_or_else(|| status.to_string(), |errno| format!("{status}, errno {errno}"))
    }

    /// Returns the response again, if it has this status.
    ///
    /// # Errors
    /// It has another one.
    pub fn expect(self, status: StatusCode) -> Result<Self, ClientError> {
        if self.status == status { Ok(self) } else { Err(self.lacks(None)) }
    }

    /// Checks that the response has this status and this error number.
    ///
    /// # Errors
    /// It has others.
    pub fn expect_error(self, status: StatusCode, errno: u64) -> Result<(), ClientError> {
        let response = self.expect(status)?;
        if response.errno() == Some(errno) {
            Ok(())
        } else {
            Err(response.lacks(Some("its errno")))
        }
    }

    /// Returns the session that came with a registration.
    ///
    /// # Errors
    /// The registration failed, or there is no session.
    pub fn into_session(self) -> Result<Session, ClientError> {
        self.into_part("a session", |response| {
            let set_cookie = response.headers.get(SET_COOKIE)?.to_str().ok()?;
            Some(Session::from_set_cookie(set_cookie))
        })
    }

    /// Returns the token of a new link.
    ///
    /// # Errors
    /// There is none.
    pub fn into_call_token(self) -> Result<String, ClientError> {
        self.into_part("a token", |response| {
            response.json()["call_token"].as_str().map(str::to_owned)
        })
    }

    /// Returns the call that was placed.
    ///
    /// # Errors
    /// There is none.
    pub fn into_placed_call(self) -> Result<PlacedCall, ClientError> {
        self.into_part("a call", |response| serde_json::from_slice(&response.body).ok())
    }

    /// Returns the list of pending calls.
    ///
    /// # Errors
    /// There is none.
    pub fn into_calls(self) -> Result<Vec<Value>, ClientError> {
        self.into_part("a list", |response| response.json()["calls"].as_array().cloned())
    }

    /// Returns what `read` finds in a response of status 200.
    ///
    /// # Errors
    /// The status is another one, or there is no such `part`.
    pub fn into_part<T>(
        self,
        part: &'static str,
        read: impl FnOnce(&Self) -> Option<T>,
    ) -> Result<T, ClientError> {
        let response = self.expect(StatusCode::OK)?;
        read(&response).ok_or_else(|| response.lacks(Some(part)))
    }

    fn lacks(self, part: Option<&'static str>) -> ClientError {
        ClientError::Unexpected { response: Box::new(self), part }
    }
}
