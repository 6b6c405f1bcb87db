//! The HTTP client of the SDK: `reqwest`, as for all other requests that Loop makes. The SDK's own
//! client would bring HTTP/2 into every function that has the SDK, and the services that Loop uses
//! do not speak it.

use std::{
    mem,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        http::{
            HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings,
            SharedHttpConnector,
        },
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
        runtime_components::RuntimeComponents,
    },
    http::{Headers, StatusCode},
};
use aws_smithy_types::body::SdkBody;
use rustls::{ClientConfig, RootCertStore};

/// The time for the TCP and TLS handshakes. Within a region they take some 5 ms.
pub const CONNECT_TIMEOUT: Duration = Duration::from_millis(500);

/// A client that keeps connections open. Clones share them.
///
/// Connecting may take [`CONNECT_TIMEOUT`], from the lookup of the name to the end of the TLS
/// handshake. All other timeouts are the SDK's, which then drops the future.
#[derive(Clone, Debug)]
pub(crate) struct Client(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    tls: ClientConfig,
    /// The client that has the connections.
    current: RwLock<Arc<reqwest::Client>>,
}

/// The connections that a request uses. Unless the response is a good one, they are forgotten when
/// this value is dropped, which also happens when no caller waits for the response any more, as
/// after a timeout.
struct Used<'a> {
    shared: &'a Shared,
    client: Arc<reqwest::Client>,
    is_good: bool,
}

impl Client {
    /// Makes a client that trusts `roots` and nothing else. It speaks to an `http` endpoint without
    /// TLS.
    pub(crate) fn new(roots: RootCertStore) -> Self {
        let tls = loop_outbound::tls_trusting(roots)
            .expect("the compiled-in cryptography supports TLS 1.2 and 1.3");
        let current = RwLock::new(Arc::new(new_client(&tls)));
        Self(Arc::new(Shared { tls, current }))
    }
}

impl HttpClient for Client {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Client {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let shared = Arc::clone(&self.0);
        HttpConnectorFuture::new(async move { shared.exchange(request).await })
    }
}

impl Shared {
    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let request = outgoing(request).map_err(ConnectorError::user)?;
        let mut used = Used { shared: self, client: self.current(), is_good: false };
        let response = used.client.execute(request).await.map_err(failed)?;
        let response = incoming(response).await?;
        used.is_good = !response.status().is_server_error();
        Ok(response)
    }

    fn current(&self) -> Arc<reqwest::Client> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Replaces the client that has these connections, since the server at their other end may be
    /// faulty: the next request opens a new connection, perhaps to another server. Requests that
    /// are underway go on. Connections that were opened since are kept, because many requests fail
    /// together.
    fn forget(&self, used: &Arc<reqwest::Client>) {
        if Arc::ptr_eq(used, &self.current()) {
            let new = Arc::new(new_client(&self.tls));
            let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
            if Arc::ptr_eq(used, &current) {
                *current = new;
            }
        }
    }
}

impl Drop for Used<'_> {
    fn drop(&mut self) {
        if !self.is_good {
            self.shared.forget(&self.client);
        }
    }
}

fn new_client(tls: &ClientConfig) -> reqwest::Client {
    loop_outbound::client_with(tls.clone(), CONNECT_TIMEOUT)
        .pool_max_idle_per_host(usize::MAX)
        .build()
        .expect("with a TLS configuration of ours there is nothing left that could fail")
}

fn outgoing(request: HttpRequest) -> Result<reqwest::Request, BoxError> {
    let request = request.try_into_http1x()?;
    if request.body().bytes().is_none() {
        return Err("a body that is not in memory".into());
    }
    let in_memory = request.map(|body| body.bytes().map(<[u8]>::to_vec).unwrap_or_default());
    Ok(in_memory.try_into()?)
}

async fn incoming(mut response: reqwest::Response) -> Result<HttpResponse, ConnectorError> {
    let status = StatusCode::from(response.status());
    let headers = Headers::try_from(mem::take(response.headers_mut()));
    let headers = headers.map_err(|error| ConnectorError::io(error.into()))?;
    let body = response.bytes().await.map_err(failed)?;
    let mut incoming = HttpResponse::new(status, SdkBody::from(body));
    *incoming.headers_mut() = headers;
    Ok(incoming)
}

/// Converts an error to the form that makes the SDK repeat requests that may have been lost on the
/// way.
fn failed(error: reqwest::Error) -> ConnectorError {
    let error = error.without_url();
    if error.is_timeout() {
        ConnectorError::timeout(error.into())
    } else {
        ConnectorError::io(error.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_late_failure_does_not_touch_connections_that_were_opened_since() {
        let Client(shared) = Client::new(RootCertStore::empty());
        let first = shared.current();
        shared.forget(&first);
        let second = shared.current();
        assert!(!Arc::ptr_eq(&first, &second));
        shared.forget(&first);
        assert!(Arc::ptr_eq(&second, &shared.current()));
    }
}
