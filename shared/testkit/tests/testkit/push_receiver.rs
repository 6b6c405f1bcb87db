//! The push service and its behaviours.

use std::time::{Duration, Instant};

use http_body_util::BodyExt;
use hyper::Request;
use loop_testkit::{Behaviour, PushReceiver, push_receiver::TooFewError};
use tokio::time::timeout;

use loop_testkit::requests::{open, send};

const SOON: Duration = Duration::from_secs(5);

#[tokio::test]
async fn each_protocol_gets_its_usual_answer() {
    let push = PushReceiver::start().await;
    assert_eq!(send("PUT", &push.url("/a?b"), "version=1").await.unwrap().0, 200);
    assert_eq!(send("POST", &push.url("/c"), "").await.unwrap().0, 201);
    let received = push.received();
    assert_eq!(received[0].method, "PUT");
    assert_eq!(received[0].path, "/a?b");
    assert_eq!(received[0].body, b"version=1");
    assert_eq!(received[0].headers["content-length"], "9");
    assert_eq!(received[1].path, "/c");
}

#[tokio::test]
async fn waiting_ends_with_the_request_that_was_missing() {
    let push = PushReceiver::start().await;
    let url = push.url("/a");
    let waiting = push.wait_for(2, SOON);
    let sending = async {
        send("PUT", &url, "version=1").await.unwrap();
        send("PUT", &url, "version=2").await.unwrap();
    };
    let (received, ()) = tokio::join!(waiting, sending);
    assert_eq!(received.unwrap().len(), 2);
    let TooFewError(received) = push.wait_for(3, Duration::from_millis(1)).await.unwrap_err();
    assert_eq!(received.len(), 2);
}

#[tokio::test]
async fn each_behaviour_is_what_it_says() {
    let push = PushReceiver::start().await;
    push.respond("/gone", Behaviour::Status(410));
    assert_eq!(send("POST", &push.url("/gone"), "").await.unwrap().0, 410);

    push.respond("/away", Behaviour::Redirect("http://example.org/".to_owned()));
    let away = open(Request::post(push.url("/away")).body("").unwrap()).await.unwrap();
    assert_eq!(away.status(), 307);
    assert_eq!(away.headers()["location"], "http://example.org/");

    push.respond("/slow", Behaviour::Slow(Duration::from_millis(20), 202));
    let start = Instant::now();
    assert_eq!(send("POST", &push.url("/slow"), "").await.unwrap().0, 202);
    assert!(start.elapsed() >= Duration::from_millis(20));

    push.respond("/close", Behaviour::Close);
    assert!(send("POST", &push.url("/close"), "").await.is_err());

    push.respond("/hang", Behaviour::Hang);
    let url = push.url("/hang");
    let hanging = send("POST", &url, "");
    assert!(timeout(Duration::from_millis(50), hanging).await.is_err());
    assert_eq!(push.wait_for(5, SOON).await.unwrap()[4].path, "/hang");
}

#[tokio::test]
async fn an_endless_body_goes_on() {
    let push = PushReceiver::start().await;
    push.respond("/endless", Behaviour::Endless);
    let response = open(Request::post(push.url("/endless")).body("").unwrap()).await.unwrap();
    let mut body = response.into_body();
    let mut length = 0;
    while length < 1_000_000 {
        length += body.frame().await.unwrap().unwrap().into_data().unwrap().len();
    }
}
