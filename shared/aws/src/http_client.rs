//! The SDK's way to the network: `reqwest`, as for everything else that Loop asks of others. The
//! SDK's own client would bring HTTP/2 into every function, which the services that we use do not
//! speak: 0.4 MB of each binary.

use std::{
    mem,
    sync::{Arc, PoisonError, RwLock},
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
use rustls::RootCertStore;

use crate::CONNECT_TIMEOUT;

/// Keeps connections open. Clones share them. All timeouts but that for connecting are the SDK's.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    roots: RootCertStore,
    current: Arc<RwLock<reqwest::Client>>,
}

impl Client {
    /// Trusts `roots` and nothing else. An `http` endpoint is spoken to without TLS.
    pub(crate) fn new(roots: RootCertStore) -> Self {
        let current = Arc::new(RwLock::new(connect_with(&roots)));
        Self { roots, current }
    }

    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let request = outgoing(request).map_err(ConnectorError::user)?;
        let client = self.current.read().unwrap_or_else(PoisonError::into_inner).clone();
        let answer = match client.execute(request).await {
            Ok(answer) => incoming(answer).await,
            Err(error) => Err(failed(error)),
        };
        if !answer.as_ref().is_ok_and(|answer| !answer.status().is_server_error()) {
            self.reconnect();
        }
        answer
    }

    /// Whoever is at the other end of the connections may be sick: the next request opens one to
    /// somebody else. Those that are underway go on.
    fn reconnect(&self) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = connect_with(&self.roots);
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
        let client = self.clone();
        HttpConnectorFuture::new(async move { client.exchange(request).await })
    }
}

fn connect_with(roots: &RootCertStore) -> reqwest::Client {
    loop_outbound::client_trusting(roots.clone(), CONNECT_TIMEOUT)
        .expect("the compiled-in cryptography supports TLS 1.2 and 1.3")
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

async fn incoming(mut answer: reqwest::Response) -> Result<HttpResponse, ConnectorError> {
    let status = StatusCode::from(answer.status());
    // The SDK takes nothing but text in headers.
    let headers = Headers::try_from(mem::take(answer.headers_mut()))
        .map_err(|error| ConnectorError::io(error.into()))?;
    let body = answer.bytes().await.map_err(failed)?;
    let mut incoming = HttpResponse::new(status, SdkBody::from(body));
    *incoming.headers_mut() = headers;
    Ok(incoming)
}

/// As the SDK wants to know it, which repeats what may have been lost on the way.
fn failed(error: reqwest::Error) -> ConnectorError {
    let error = error.without_url();
    if error.is_timeout() {
        ConnectorError::timeout(error.into())
    } else {
        ConnectorError::io(error.into())
    }
}
