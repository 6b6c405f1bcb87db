//! A meter of the capacity units that DynamoDB charges for: a server in front of it that adds
//! `ReturnConsumedCapacity` to each request.

use std::{
    mem,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use emulator::loopback::{Loopback, Response, response};
use hyper::{Request, body::Bytes, header};
use load::BoxError;
use serde_json::Value;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The consumption of one request.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Consumed {
    /// The operation's name, such as `PutItem`.
    pub(crate) operation: String,
    /// The capacity units: of writing, if the operation writes, else of reading.
    pub(crate) units: f64,
}

/// A server on an ephemeral port of 127.0.0.1, which ends when it is dropped.
pub(crate) struct CapacityMeter {
    loopback: Loopback,
    consumed: Arc<Mutex<Vec<Consumed>>>,
}

impl Consumed {
    pub(crate) fn is_write(&self) -> bool {
        matches!(self.operation.as_str(), "PutItem" | "UpdateItem" | "DeleteItem")
    }
}

impl CapacityMeter {
    /// Starts a server in front of `upstream` (`http://address:port`).
    pub(crate) async fn start(upstream: String) -> Result<Self, BoxError> {
        let client = loop_outbound::client(CONNECT_TIMEOUT)?.build()?;
        let consumed = Arc::new(Mutex::new(Vec::new()));
        let meter = Arc::clone(&consumed);
        let loopback = Loopback::start(move |request: Request<Bytes>| {
            let (client, upstream) = (client.clone(), upstream.clone());
            let meter = Arc::clone(&meter);
            async move {
                if request.body().is_empty() {
                    // A request without a body opens the connection during init, and costs nothing.
                    return response(200, "application/json", "");
                }
                match forward(&client, &upstream, request).await {
                    Ok((response, one)) => {
                        meter.lock().unwrap_or_else(PoisonError::into_inner).push(one);
                        response
                    }
                    Err(error) => response(502, "text/plain", error.to_string()),
                }
            }
        });
        Ok(Self { loopback: loopback.await, consumed })
    }

    /// Returns the URL of the meter, without TLS.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.loopback.address())
    }

    /// Returns the consumption of all requests since the last call of this method.
    pub(crate) fn take(&self) -> Vec<Consumed> {
        mem::take(&mut *self.consumed.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn forward(
    client: &reqwest::Client,
    upstream: &str,
    request: Request<Bytes>,
) -> Result<(Response, Consumed), BoxError> {
    let (mut head, body) = request.into_parts();
    head.headers.remove(header::CONTENT_LENGTH);
    head.headers.remove(header::HOST);
    let target = head.headers.get("x-amz-target").ok_or("no operation")?.to_str()?;
    let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
    let mut body: Value = serde_json::from_slice(&body)?;
    body["ReturnConsumedCapacity"] = "TOTAL".into();
    let sent = client.post(upstream).headers(head.headers).body(body.to_string());
    let received = sent.send().await?;
    let status = received.status().as_u16();
    let body = received.bytes().await?;
    let units = serde_json::from_slice::<Value>(&body)?["ConsumedCapacity"]["CapacityUnits"]
        .as_f64()
        // DynamoDB bills a failed condition like the smallest write.
        .unwrap_or(1.0);
    Ok((response(status, "application/x-amz-json-1.0", body), Consumed { operation, units }))
}
