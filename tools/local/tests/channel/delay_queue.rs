//! Tests of the delay queue alone.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use emulator::{
    delay_queue::{DelayQueue, PATH, TRIES},
    event_handler::FunctionError,
};
use loop_core::Clock;
use reqwest::{Client, Response};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::fake::{Events, client, serve};

const SIGNATURE: &str = "AWS4-HMAC-SHA256 Credential=local/20270115/us-east-1/sqs/aws4_request, \
     SignedHeaders=host, Signature=00";

struct Fixture {
    queue: DelayQueue,
    events: Events,
    url: String,
    client: Client,
}

impl Fixture {
    async fn new(
        handle: impl Fn(&Value) -> Result<Value, FunctionError> + Send + Sync + 'static,
    ) -> Self {
        let events = Events::default();
        let queue = DelayQueue::new(events.function(handle), Clock::system());
        let url = format!("http://{}", serve(queue.routes()).await);
        Self { queue, events, url, client: client() }
    }

    async fn send(&self, message: Value) -> Response {
        self.request("AmazonSQS.SendMessage", SIGNATURE, message).await
    }

    async fn request(&self, target: &str, signature: &str, body: Value) -> Response {
        let request = self.client.post(&self.url).header("x-amz-target", target);
        let request = request.header("authorization", signature);
        request.body(body.to_string()).send().await.unwrap()
    }

    async fn put(&self, body: &str, delay_seconds: u64) {
        let queue_url = format!("{}{PATH}", self.url);
        let message = json!({
            "QueueUrl": queue_url, "MessageBody": body, "DelaySeconds": delay_seconds,
        });
        assert_eq!(self.send(message).await.status(), 200);
    }
}

#[tokio::test]
async fn a_message_becomes_an_event() {
    let fixture = Fixture::new(|_| Ok(json!({ "batchItemFailures": [] }))).await;
    let queue_url = format!("{}{PATH}", fixture.url);
    let accepted = fixture.send(json!({ "QueueUrl": queue_url, "MessageBody": "hello" })).await;
    assert_eq!(accepted.status(), 200);
    let accepted: Value = accepted.json().await.unwrap();
    assert_eq!(accepted["MD5OfMessageBody"], "5d41402abc4b2a76b9719d911017c592");
    let events = fixture.events.wait_for(1).await;
    let record = &events[0]["Records"][0];
    assert_eq!(record["body"], "hello");
    assert_eq!(record["messageId"], accepted["MessageId"]);
    assert_eq!(record["md5OfBody"], accepted["MD5OfMessageBody"]);
    assert_eq!(record["eventSource"], "aws:sqs");
    assert_eq!(record["attributes"]["ApproximateReceiveCount"], "1");
    assert_eq!(accepted["MessageId"].as_str().unwrap().len(), 36);
}

#[tokio::test]
async fn a_message_waits_as_long_as_it_was_told_to() {
    let fixture = Fixture::new(|_| Ok(json!({}))).await;
    let started = Instant::now();
    fixture.put("later", 1).await;
    fixture.put("at once", 0).await;
    let events = fixture.events.wait_for(2).await;
    let bodies: Vec<_> = events.iter().map(|event| &event["Records"][0]["body"]).collect();
    assert_eq!(bodies, ["at once", "later"]);
    assert!(started.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn tests_need_not_wait() {
    let fixture = Fixture::new(|_| Ok(json!({}))).await;
    fixture.put("first", 900).await;
    fixture.put("second", 800).await;
    let waiting = fixture.queue.waiting();
    assert_eq!(waiting.iter().map(|it| it.body.as_str()).collect::<Vec<_>>(), ["first", "second"]);
    assert_eq!(fixture.queue.deliver_all().await, 2);
    assert_eq!(fixture.queue.deliver_all().await, 0);
    fixture.queue.deliver_again(&waiting[0]).await;
    let events = fixture.events.all();
    let bodies: Vec<_> = events.iter().map(|event| &event["Records"][0]["body"]).collect();
    assert_eq!(bodies, ["first", "second", "first"]);
}

#[tokio::test]
async fn what_fails_comes_again_but_not_for_ever() {
    for fails_in_words in [true, false] {
        let fixture = Fixture::new(move |event| {
            let id = &event["Records"][0]["messageId"];
            match fails_in_words {
                true => Ok(json!({ "batchItemFailures": [{ "itemIdentifier": id }] })),
                false => Err(FunctionError),
            }
        })
        .await;
        fixture.put("unlucky", 900).await;
        for _ in 0..TRIES {
            assert_eq!(fixture.queue.deliver_all().await, 1);
        }
        assert_eq!(fixture.queue.deliver_all().await, 0);
        let events = fixture.events.all();
        let counts: Vec<_> = events
            .iter()
            .map(|event| event["Records"][0]["attributes"]["ApproximateReceiveCount"].clone())
            .collect();
        assert_eq!(counts, ["1", "2", "3", "4", "5"]);
    }
}

#[tokio::test]
async fn a_retry_comes_by_itself() {
    let tries = AtomicU32::new(0);
    let fixture = Fixture::new(move |_| match tries.fetch_add(1, Ordering::SeqCst) {
        0 => Err(FunctionError),
        _ => Ok(json!({})),
    })
    .await;
    fixture.put("unlucky", 0).await;
    fixture.events.wait_for(2).await;
    assert!(fixture.queue.waiting().is_empty());
}

#[tokio::test]
async fn what_sqs_would_refuse_is_refused() {
    let fixture = Fixture::new(|_| Ok(json!({}))).await;
    let queue_url = format!("{}{PATH}", fixture.url);
    let message = |body: &str, delay: i64| json!({ "QueueUrl": queue_url, "MessageBody": body, "DelaySeconds": delay });
    let mut elsewhere = message("x", 0);
    elsewhere["QueueUrl"] = "http://localhost/1/other".into();
    let send = "AmazonSQS.SendMessage";
    for (target, signature, body, expected) in [
        (send, SIGNATURE, message("", 0), "InvalidParameterValueException"),
        (send, SIGNATURE, message("x", 901), "InvalidParameterValueException"),
        (send, SIGNATURE, message("x", -1), "SerializationException"),
        (send, SIGNATURE, elsewhere, "QueueDoesNotExist"),
        (send, SIGNATURE, json!([]), "SerializationException"),
        ("AmazonSQS.PurgeQueue", SIGNATURE, message("x", 0), "UnknownOperationException"),
        (send, "", message("x", 0), "MissingAuthenticationTokenException"),
    ] {
        let refused = fixture.request(target, signature, body).await;
        assert_eq!(refused.status(), 400);
        let refused: Value = refused.json().await.unwrap();
        assert!(refused["__type"].as_str().unwrap().ends_with(expected), "{refused}");
    }
    assert!(fixture.queue.waiting().is_empty() && fixture.events.all().is_empty());
}
