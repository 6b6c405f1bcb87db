//! Requests, each with the response that has to come.

use load::{BoxError, Connection, Request, Response, StatusCode};

/// A request, and the response that has to come.
#[derive(Clone, Debug)]
pub(super) struct Exchange {
    request: Vec<u8>,
    status: StatusCode,
    /// A part of the body.
    part: String,
    /// The number of times that the part is in it.
    times: usize,
}

impl Exchange {
    /// Builds an exchange whose response has this status, and `part` so many times in its body.
    pub(super) fn new(
        request: &Request,
        status: StatusCode,
        times: usize,
        part: impl Into<String>,
    ) -> Self {
        Self { request: request.to_bytes(), status, part: part.into(), times }
    }

    /// Sends the request, and checks the response.
    ///
    /// # Errors
    /// There is none, or it is not the right one.
    pub(super) fn make(&self, connection: &mut Connection) -> Result<Response, BoxError> {
        let response = connection.send_bytes(&self.request)?;
        let body = std::str::from_utf8(&response.body).unwrap_or_default();
        if response.status == self.status && body.matches(&self.part).count() == self.times {
            return Ok(response);
        }
        let Response { status, .. } = &response;
        Err(format!("{status} and not {} × {}: {body}", self.times, self.part).into())
    }
}
