//! A client of a service at a URL, for many requests at the same time.

use std::{io, time::Duration};

use reqwest::Client;

use crate::{BoxError, ClientError, Request, Response};

/// The longest body that is read, which is longer than any page with its scripts.
const BODY_MAX_BYTES: usize = 1024 * 1024;

/// A client whose connections are kept, so that handshakes are not part of the measurement.
#[derive(Clone, Debug)]
pub struct Service {
    client: Client,
    url: String,
}

impl Service {
    /// Builds a client of the service at `url`. Each request may take `timeout` from connecting to
    /// the last byte of its response.
    pub fn new(url: &str, timeout: Duration) -> Result<Self, BoxError> {
        let client = loop_outbound::client(timeout)?
            .pool_max_idle_per_host(usize::MAX)
            .timeout(timeout)
            .user_agent(concat!("loop-load/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { client, url: url.trim_end_matches('/').to_owned() })
    }

    /// Sends a request, and reads the whole response. Redirects are not followed. Fails with
    /// [`ClientError::Lost`], if no whole response comes.
    pub async fn send(&self, request: Request) -> Result<Response, ClientError> {
        let Request { method, path, headers, body } = request;
        let request = self.client.request(method, format!("{}{path}", self.url));
        let request = headers.into_iter().fold(request, |it, (name, value)| it.header(name, value));
        let request = if body.is_empty() { request } else { request.body(body) };
        let lost = |error| ClientError::Lost(io::Error::other(loop_outbound::cause(error)));
        let mut response = request.send().await.map_err(lost)?;
        let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
        let body = loop_outbound::read_at_most(response, BODY_MAX_BYTES).await.map_err(lost)?;
        Ok(Response { status, headers, body })
    }
}
