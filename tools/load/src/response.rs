//! Responses of the API, and the errors when there is none as expected.

use std::io;

use reqwest::{
    StatusCode,
    header::{HeaderMap, SET_COOKIE},
};
use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

use crate::Session;

/// A whole response.
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
    /// True if a device of the callee was notified.
    pub notified: bool,
}

/// The error of a request that was not acknowledged.
#[derive(Debug, Error)]
pub enum ClientError {
    /// No whole response came, so it is unknown if the request was carried out. The text has the
    /// reason without the URL.
    #[error(transparent)]
    Lost(#[from] io::Error),
    /// Another response than the expected one came. The text has its status and errno alone.
    #[error("{}{}", response.summary(), part.map(|it| format!(" without {it}")).unwrap_or_default())]
    Unexpected {
        /// The whole response.
        response: Box<Response>,
        /// The part that a response of the expected status lacks.
        part: Option<&'static str>,
    },
}

impl Response {
    /// Returns the body as JSON, or `null` if it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// Returns the error number in the body.
    pub fn errno(&self) -> Option<u64> {
        self.json()["errno"].as_u64()
    }

    /// Returns the status and the error number as text.
    pub fn summary(&self) -> String {
        let status = self.status.as_u16();
        self.errno().map_or_else(|| status.to_string(), |errno| format!("{status}, errno {errno}"))
    }

    /// Returns the response, if it has this status.
    pub fn expect(self, status: StatusCode) -> Result<Self, ClientError> {
        if self.status == status { Ok(self) } else { Err(self.lacks(None)) }
    }

    /// Checks that the response has this status and this error number.
    pub fn expect_error(self, status: StatusCode, errno: u64) -> Result<(), ClientError> {
        let response = self.expect(status)?;
        let is_expected = response.errno() == Some(errno);
        is_expected.then_some(()).ok_or_else(|| response.lacks(Some("its errno")))
    }

    /// Returns the session in the response to a registration.
    pub fn into_session(self) -> Result<Session, ClientError> {
        self.into_part("a session", |response| {
            response.headers.get(SET_COOKIE)?.to_str().ok().map(Session::from_set_cookie)
        })
    }

    /// Returns the token of a new link.
    pub fn into_call_token(self) -> Result<String, ClientError> {
        self.into_part("a token", |response| {
            Some(response.json()["call_token"].as_str()?.to_owned())
        })
    }

    /// Returns the call that was placed.
    pub fn into_placed_call(self) -> Result<PlacedCall, ClientError> {
        self.into_part("a call", |response| serde_json::from_slice(&response.body).ok())
    }

    /// Returns the list of pending calls.
    pub fn into_calls(self) -> Result<Vec<Value>, ClientError> {
        self.into_part("a list", |response| response.json()["calls"].as_array().cloned())
    }

    /// Returns the part that `read` finds in a response of status 200. Fails, if the status is
    /// another one, or `read` finds none. The error then names the `part`.
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
