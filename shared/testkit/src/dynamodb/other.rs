//! A DynamoDB that many tests use at the same time, each with tables of its own.

use std::{
    collections::BTreeSet,
    process,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant, SystemTime},
};

use emulator::{
    dynamodb::{TTL, table_definition},
    loopback::Loopback,
};
use http_body_util::BodyExt;
use hyper::{
    Request,
    body::Bytes,
    header::{AUTHORIZATION, CONTENT_LENGTH, HOST, HeaderValue},
};
use loop_core::Clock;
use serde_json::{Value, json};
use tokio::runtime;

use crate::forward::forward;

/// The servers read the region and the service from it, and none of them checks the signature.
/// Tables are of a region, so all requests name this one, whatever region a test's settings name.
const SIGNATURE: &str = "AWS4-HMAC-SHA256 Credential=AKIATESTTESTTESTTEST/20270115/us-east-1/\
     dynamodb/aws4_request, SignedHeaders=host;x-amz-date;x-amz-target, Signature=00";

/// The time in which a new table has to become active.
const CREATION: Duration = Duration::from_secs(20);

/// A relay to a DynamoDB that runs elsewhere on this machine. It gives each table another name, so
/// that tests with the same name for their tables do not meet.
#[derive(Debug)]
pub(super) struct OtherDynamoDb {
    relay: Loopback,
    upstream: String,
    suffix: String,
    clock: Clock,
    tables: Mutex<BTreeSet<String>>,
}

impl OtherDynamoDb {
    /// Starts a relay to `endpoint` (`http://address:port`).
    ///
    /// # Panics
    /// The endpoint has another form.
    pub(super) async fn start(endpoint: &str, clock: Clock) -> Self {
        let authority = endpoint.trim_end_matches('/').strip_prefix("http://");
        let upstream = authority.expect("an http endpoint").to_owned();
        let suffix = unique_suffix();
        let [to, renamed_by] = [&upstream, &suffix].map(|text| Arc::<str>::from(text.as_str()));
        let relay = Loopback::start(move |request| {
            let request = renamed(request, &renamed_by);
            let upstream = Arc::clone(&to);
            async move { forward(request, &upstream).await }
        })
        .await;
        Self { relay, upstream, suffix, clock, tables: Mutex::default() }
    }

    pub(super) fn endpoint_url(&self) -> String {
        format!("http://{}", self.relay.address())
    }

    /// Creates a table without TTL: a server that deletes by it would do so by the real time, and
    /// not by the clock of the test.
    pub(super) fn create_table(&self, name: &str) {
        self.send("CreateTable", table_definition(name));
        let start = Instant::now();
        while self.send("DescribeTable", json!({ "TableName": name }))["Table"]["TableStatus"]
            != "ACTIVE"
        {
            assert!(start.elapsed() < CREATION, "the table is not there");
            thread::yield_now();
        }
        self.tables.lock().unwrap().insert(name.to_owned());
    }

    pub(super) fn items(&self, table: &str) -> Vec<Value> {
        let mut items = Vec::new();
        let mut scan = json!({ "TableName": table, "ConsistentRead": true });
        loop {
            let mut page = self.send("Scan", scan.clone());
            items.append(page["Items"].as_array_mut().unwrap());
            match page["LastEvaluatedKey"].take() {
                Value::Null => return items,
                key => scan["ExclusiveStartKey"] = key,
            }
        }
    }

    pub(super) fn put_item(&self, table: &str, item: &Value) {
        self.send("PutItem", json!({ "TableName": table, "Item": item }));
    }

    pub(super) fn delete_expired(&self) -> usize {
        let now = self.clock.now().seconds().get();
        let tables = self.tables.lock().unwrap();
        let mut deleted = 0;
        for table in &*tables {
            for item in self.items(table) {
                let end = item[TTL]["N"].as_str().and_then(|end| end.parse::<u64>().ok());
                if end.is_some_and(|end| end < now) {
                    let key = json!({ "pk": item["pk"], "sk": item["sk"] });
                    self.send("DeleteItem", json!({ "TableName": table, "Key": key }));
                    deleted += 1;
                }
            }
        }
        deleted
    }

    /// Sends a request past the relay and returns the response.
    ///
    /// The caller may be the only thread of a runtime, so the request has a thread of its own. The
    /// other DynamoDB is another process, which does not wait for that runtime.
    fn send(&self, operation: &str, body: Value) -> Value {
        let request = Request::post("/")
            .header(HOST, &self.upstream)
            .header("content-type", "application/x-amz-json-1.0")
            .header("x-amz-date", "20270115T080000Z")
            .header("x-amz-target", format!("DynamoDB_20120810.{operation}"))
            .body(Bytes::from(body.to_string()))
            .unwrap();
        let request = renamed(request, &self.suffix);
        let sending = async {
            let response = forward(request, &self.upstream).await.expect("the server responds");
            let (head, body) = response.into_parts();
            let body = body.collect().await.unwrap().to_bytes();
            let text = String::from_utf8_lossy(&body);
            assert!(head.status.is_success(), "{operation}: {} {text}", head.status);
            serde_json::from_str(&text).unwrap()
        };
        thread::scope(|scope| {
            let asked = scope.spawn(|| {
                runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .unwrap()
                    .block_on(sending)
            });
            asked.join().unwrap()
        })
    }
}

/// Returns the end of the names of tables that no other test has, neither in this process nor in
/// one before.
fn unique_suffix() -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let time = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis();
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("{time}-{}-{number}", process::id())
}

/// Returns the request with another name for its table, and with [`SIGNATURE`]. A request that is
/// not JSON, as the one that warms a connection, stays as it is.
fn renamed(request: Request<Bytes>, suffix: &str) -> Request<Bytes> {
    let (mut head, body) = request.into_parts();
    let Ok(mut wish) = serde_json::from_slice::<Value>(&body) else {
        return Request::from_parts(head, body);
    };
    if let Some(name) = wish.get_mut("TableName") {
        *name = format!("{}-{suffix}", name.as_str().unwrap_or_default()).into();
    }
    head.headers.insert(AUTHORIZATION, HeaderValue::from_static(SIGNATURE));
    head.headers.remove(CONTENT_LENGTH);
    Request::from_parts(head, wish.to_string().into())
}

#[cfg(test)]
mod tests {
    use emulator::EmbeddedDynamoDb;
    use loop_core::UnixMillis;

    use super::*;
    use crate::ManualClock;

    // The requests past the relay block one thread, and the embedded database needs another.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn tables_of_one_name_do_not_meet_and_expire_by_the_clock_of_their_test() {
        let shared = EmbeddedDynamoDb::start(None).await.unwrap();
        let clock = ManualClock::new(UnixMillis::new(1_600_000_000_000));
        let [first, second] = [
            OtherDynamoDb::start(&shared.endpoint_url(), (&clock).into()).await,
            OtherDynamoDb::start(&shared.endpoint_url(), Clock::system()).await,
        ];
        let item = json!({ "pk": { "S": "a" }, "sk": { "S": "b" }, "ttl": { "N": "1600000100" } });
        first.create_table("loop");
        second.create_table("loop");
        first.put_item("loop", &item);
        assert_eq!((first.items("loop"), second.items("loop")), (vec![item.clone()], vec![]));

        let scan = Request::post(first.endpoint_url())
            .header("content-type", "application/x-amz-json-1.0")
            .header("x-amz-date", "20270115T080000Z")
            .header("x-amz-target", "DynamoDB_20120810.Scan")
            .body(r#"{"TableName":"loop"}"#)
            .unwrap();
        let body = crate::requests::open(scan).await.unwrap().into_body().collect().await.unwrap();
        let seen: Value = serde_json::from_slice(&body.to_bytes()).unwrap();
        assert_eq!(seen["Items"][0], item, "the relay leads to the same table");

        clock.advance(Duration::from_secs(100));
        assert_eq!(first.delete_expired(), 0);
        clock.advance(Duration::from_secs(1));
        assert_eq!((first.delete_expired(), first.items("loop")), (1, vec![]));
    }
}
