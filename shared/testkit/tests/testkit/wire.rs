//! The recorder in front of another server that knows whether it was reached.

use std::time::{Duration, Instant};

use hyper::Request;
use loop_testkit::{Behaviour, Fault, PushReceiver, WireRecorder};

use crate::http::{open, send};

/// A server behind a recorder.
async fn behind() -> (PushReceiver, WireRecorder) {
    let server = PushReceiver::start().await;
    let endpoint = server.url("").replace("localhost", "127.0.0.1");
    let wire = WireRecorder::start(&endpoint).await;
    (server, wire)
}

async fn call(wire: &WireRecorder, operation: &str) -> hyper::Result<u16> {
    let target = format!("DynamoDB_20120810.{operation}");
    let request = Request::post(wire.endpoint_url()).header("x-amz-target", target);
    open(request.body("{}").unwrap()).await.map(|answer| answer.status().as_u16())
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
async fn faults_find_their_requests() {
    let (_server, wire) = behind().await;
    wire.fail_next_of("PutItem", Fault::ServerError);
    wire.set_fault(Some(Fault::Throttle));
    assert_eq!(call(&wire, "Query").await.unwrap(), 400);
    assert_eq!(call(&wire, "PutItem").await.unwrap(), 500);
    assert_eq!(call(&wire, "PutItem").await.unwrap(), 400);
    wire.set_fault(None);
    assert_eq!(call(&wire, "PutItem").await.unwrap(), 201);
}

#[tokio::test]
async fn an_upstream_that_closes_is_a_closed_connection() {
    let (server, wire) = behind().await;
    server.respond("/", Behaviour::Close);
    assert!(call(&wire, "Query").await.is_err());
}
