//! The capacity units that DynamoDB's responses tell.

use emulator::loopback;
use http_body_util::{BodyExt, Full};
use hyper::{Response, body::Bytes};
use serde_json::Value;

/// The capacity units of all requests that reached DynamoDB and whose response reached the client.
/// They are whole numbers, since all reads are strongly consistent and there are no transactions; an
/// emulator may tell halves nevertheless, which count as our store counts them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Consumed {
    /// Units of reading.
    pub read: u64,
    /// Units of writing.
    pub write: u64,
    /// Successful requests whose responses tell no units, because they did not ask for it.
    pub untold: usize,
}

impl Consumed {
    /// Adds what the response to one request tells. DynamoDB tells nothing of a refused request.
    pub(super) fn add(&mut self, operation: &str, is_success: bool, body: &[u8]) {
        if !is_success {
            return;
        }
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let told = body["ConsumedCapacity"]["CapacityUnits"].as_f64();
        let units = told.unwrap_or_default().round() as u64;
        match operation {
            "GetItem" | "Query" => self.read += units,
            "PutItem" | "UpdateItem" | "DeleteItem" => self.write += units,
            // A request without an operation opens a connection, and costs nothing.
            _ => return,
        }
        self.untold += usize::from(told.is_none());
    }
}

/// Reads the whole body of a response, and returns it with a response that has it still.
pub(super) async fn read(
    response: Response<loopback::Body>,
) -> Option<(Bytes, Response<loopback::Body>)> {
    let (head, body) = response.into_parts();
    let body = body.collect().await.ok()?.to_bytes();
    Some((body.clone(), Response::from_parts(head, Full::new(body).boxed_unsync())))
}
