//! The recorder in front of another server, which knows whether it was reached.

use std::time::{Duration, Instant};

use emulator::{EmbeddedDynamoDb, loopback::SendError};
use http_body_util::BodyExt;
use hyper::Request;
use loop_testkit::{Behaviour, Fault, PushReceiver, WireRecorder};
use serde_json::{Value, json};

use loop_testkit::requests::{open, send};

const SIGNATURE: &str = "AWS4-HMAC-SHA256 Credential=test/20270115/us-east-1/dynamodb/\
     aws4_request, SignedHeaders=host;x-amz-date;x-amz-target, Signature=00";

/// Starts a server behind a recorder.
async fn behind() -> (PushReceiver, WireRecorder) {
    let server = PushReceiver::start().await;
    let endpoint = server.url("").replace("localhost", "127.0.0.1");
    let wire = WireRecorder::start(&endpoint).await;
    (server, wire)
}

async fn call(wire: &WireRecorder, operation: &str) -> Result<u16, SendError> {
    let target = format!("DynamoDB_20120810.{operation}");
    let request = Request::post(wire.endpoint_url()).header("x-amz-target", target);
    open(request.body("{}").unwrap()).await.map(|response| response.status().as_u16())
}

#[tokio::test]
async fn requests_are_forwarded_and_named() {
    let (server, wire) = behind().await;
    assert_eq!(call(&wire, "Query").await.unwrap(), 201);
    let (status, body) = send("GET", &wire.endpoint_url(), "").await.unwrap();
    assert_eq!((status, body.as_str()), (201, ""));
    assert_eq!(wire.count(), 2);
    assert_eq!(wire.connections(), 2);
    assert_eq!(wire.take(), ["Query", "GET"]);
    assert_eq!(wire.take(), [""; 0]);
    let received = server.received();
    assert_eq!(received[0].body, b"{}");
    assert_eq!(received[0].headers["x-amz-target"], "DynamoDB_20120810.Query");
}

#[tokio::test]
async fn each_fault_is_what_it_says() {
    for (fault, status, is_forwarded) in [
        (Fault::Throttle, Some(400), false),
        (Fault::ServerError, Some(500), false),
        (Fault::AccessDenied, Some(400), false),
        (Fault::DropBefore, None, false),
        (Fault::DropAfter, None, true),
        (Fault::Slow(Duration::from_millis(20)), Some(201), true),
        (Fault::Refuse(503, "ServiceUnavailable"), Some(503), false),
        (Fault::Conflict, Some(400), false),
        (Fault::NoBody, Some(201), true),
        (Fault::Garbage, Some(201), true),
        (Fault::HalfBody, Some(201), true),
        (Fault::WrongType, Some(201), true),
        (Fault::BadGateway, Some(502), false),
        (Fault::Pages(1), Some(201), true),
    ] {
        let (server, wire) = behind().await;
        wire.fail_next(fault);
        let start = Instant::now();
        assert_eq!(call(&wire, "PutItem").await.ok(), status, "{fault:?}");
        if let Fault::Slow(delay) = fault {
            assert!(start.elapsed() >= delay);
        }
        assert_eq!(server.received().len(), usize::from(is_forwarded), "{fault:?}");
        assert_eq!(call(&wire, "PutItem").await.unwrap(), 201, "{fault:?} is for one request");
        assert_eq!(wire.take(), ["PutItem", "PutItem"]);
    }
}

#[tokio::test]
async fn a_request_that_is_late_arrives_though_nobody_waits() {
    for (fault, arrives) in [(Fault::Silence, 0), (Fault::Late(Duration::from_millis(80)), 1)] {
        let (server, wire) = behind().await;
        wire.fail_next(fault);
        let asked = tokio::time::timeout(Duration::from_millis(20), call(&wire, "PutItem"));
        assert!(asked.await.is_err(), "{fault:?}");
        assert!(server.received().is_empty());
        wire.settled().await;
        assert_eq!(server.received().len(), arrives, "{fault:?}");
    }
}

#[tokio::test]
async fn answers_are_spoiled_as_told() {
    let dynamodb = EmbeddedDynamoDb::start(None).await.unwrap();
    dynamodb.create_table("loop").unwrap();
    for number in 0..3 {
        let sk = number.to_string();
        dynamodb.put_item("loop", json!({ "pk": { "S": "a" }, "sk": { "S": sk } }));
    }
    let wire = WireRecorder::start(&dynamodb.endpoint_url()).await;
    let query = json!({
        "TableName": "loop",
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": { ":pk": { "S": "a" } },
    });
    let (_, whole) = ask(&wire, "Query", &query).await.unwrap();
    assert_eq!(whole["Count"], 3);
    wire.fail_next(Fault::Pages(2));
    let (_, page) = ask(&wire, "Query", &query).await.unwrap();
    assert_eq!((&page["Count"], &page["LastEvaluatedKey"]["sk"]["S"]), (&json!(2), &json!("1")));
    wire.fail_next(Fault::WrongType);
    assert_eq!(ask(&wire, "Query", &query).await.unwrap(), (200, whole));
    for fault in [Fault::NoBody, Fault::Garbage, Fault::HalfBody] {
        wire.fail_next(fault);
        assert_eq!(ask(&wire, "Query", &query).await, Some((200, Value::Null)), "{fault:?}");
    }
    wire.fail_next(Fault::Truncated);
    assert_eq!(ask(&wire, "Query", &query).await, None);

    for (sk, item) in [("1", json!({ "pk": { "S": "a" }, "sk": { "S": "1" } })), ("9", json!(null))]
    {
        let put = json!({ "TableName": "loop", "Item": { "pk": { "S": "a" }, "sk": { "S": sk } } });
        wire.fail_next(Fault::ConflictWithItem);
        let (status, refusal) = ask(&wire, "PutItem", &put).await.unwrap();
        assert_eq!((status, &refusal["Item"]), (400, &item));
    }
    assert_eq!(dynamodb.items("loop").len(), 3);
    assert_eq!(wire.heal(), 8);
}

/// Sends a request and returns the status and the JSON of the response: `Null` for a body that is
/// not JSON, `None` for a response that breaks off.
async fn ask(wire: &WireRecorder, operation: &str, wish: &Value) -> Option<(u16, Value)> {
    let request = Request::post(wire.endpoint_url())
        .header("x-amz-target", format!("DynamoDB_20120810.{operation}"))
        .header("content-type", "application/x-amz-json-1.0")
        .header("authorization", SIGNATURE)
        .header("x-amz-date", "20270115T080000Z");
    let response = open(request.body(wish.to_string()).unwrap()).await.ok()?;
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.ok()?.to_bytes();
    Some((status, serde_json::from_slice(&body).unwrap_or_default()))
}

#[tokio::test]
async fn faults_find_their_requests() {
    let (_server, wire) = behind().await;
    wire.fail_next_of("PutItem", Fault::ServerError);
    wire.set_fault(Some(Fault::Throttle));
    assert_eq!(call(&wire, "Query").await.unwrap(), 400);
    assert_eq!(call(&wire, "PutItem").await.unwrap(), 500);
    assert_eq!(call(&wire, "PutItem").await.unwrap(), 400);
    wire.set_fault(None);
    assert_eq!(call(&wire, "PutItem").await.unwrap(), 201);
    wire.set_fault_of("Query", Fault::Throttle);
    wire.fail_next_of("PutItem", Fault::Throttle);
    assert_eq!(call(&wire, "Query").await.unwrap(), 400);
    assert_eq!(call(&wire, "UpdateItem").await.unwrap(), 201);
    assert_eq!(wire.heal(), 4);
    for operation in ["Query", "PutItem"] {
        assert_eq!(call(&wire, operation).await.unwrap(), 201);
    }
}

#[tokio::test]
async fn an_upstream_that_closes_is_a_closed_connection() {
    let (server, wire) = behind().await;
    server.respond("/", Behaviour::Close);
    assert!(call(&wire, "Query").await.is_err());
}
