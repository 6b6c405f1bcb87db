//! What DynamoDB would charge: a server in front of it that asks, for whoever uses it, what each
//! request has consumed.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::Value;
use tokio::{net::TcpListener, task::JoinHandle};

use crate::Failure;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// One request.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Consumed {
    /// `PutItem`, `Query`, …
    pub(crate) operation: String,
    pub(crate) units: f64,
}

impl Consumed {
    /// Whether the units are write units.
    pub(crate) fn is_write(&self) -> bool {
        matches!(self.operation.as_str(), "PutItem" | "UpdateItem" | "DeleteItem")
    }
}

/// On an ephemeral port of 127.0.0.1. Ends when it is dropped.
pub(crate) struct CapacityMeter {
    address: SocketAddr,
    meter: Arc<Meter>,
    task: JoinHandle<io::Result<()>>,
}

struct Meter {
    upstream: String,
    client: reqwest::Client,
    consumed: Mutex<Vec<Consumed>>,
}

impl CapacityMeter {
    /// Stands in front of `upstream` (`http://address:port`) from now on.
    pub(crate) async fn start(upstream: String) -> Result<Self, Failure> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let client = loop_outbound::client(CONNECT_TIMEOUT)?.build()?;
        let meter = Arc::new(Meter { upstream, client, consumed: Mutex::default() });
        let router = Router::new().fallback(forward).with_state(Arc::clone(&meter));
        let task = tokio::spawn(async { axum::serve(listener, router).await });
        Ok(Self { address, meter, task })
    }

    /// Without TLS.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What was consumed since the last time.
    pub(crate) fn take(&self) -> Vec<Consumed> {
        std::mem::take(&mut *self.meter.consumed())
    }
}

impl Drop for CapacityMeter {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Meter {
    fn consumed(&self) -> MutexGuard<'_, Vec<Consumed>> {
        self.consumed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn exchange(&self, headers: HeaderMap, body: Bytes) -> Result<Response, Failure> {
        let operation = headers.get("x-amz-target").and_then(|it| it.to_str().ok());
        let operation = operation.and_then(|it| it.rsplit('.').next()).unwrap_or_default();
        let operation = operation.to_owned();
        let mut request: Value = serde_json::from_slice(&body)?;
        request["ReturnConsumedCapacity"] = "TOTAL".into();
        let mut sent = self.client.post(&self.upstream).body(request.to_string());
        for (name, value) in &headers {
            if name != header::CONTENT_LENGTH && name != header::HOST {
                sent = sent.header(name, value);
            }
        }
        let answer = sent.send().await?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = answer.bytes().await?;
        let units = serde_json::from_slice::<Value>(&body)?["ConsumedCapacity"]["CapacityUnits"]
            .as_f64()
            // A condition that fails is billed like the smallest write.
            .unwrap_or(1.0);
        self.consumed().push(Consumed { operation, units });
        let mut answer = Response::new(Body::from(body));
        *answer.status_mut() = status;
        *answer.headers_mut() = headers;
        Ok(answer)
    }
}

async fn forward(State(meter): State<Arc<Meter>>, headers: HeaderMap, body: Bytes) -> Response {
    if body.is_empty() {
        // Opens the connection during init, and costs nothing.
        return StatusCode::OK.into_response();
    }
    match meter.exchange(headers, body).await {
        Ok(answer) => answer,
        Err(error) => (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
    }
}
