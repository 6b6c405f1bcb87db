//! Events that are not meant for a function, or that differ from those that the gateway makes.

use base64::{Engine, engine::general_purpose::STANDARD};
use emulator::{InvocationError, LambdaProcess};
use serde_json::{Value, json};

use crate::success::is_success;

/// A secret that stands in all of these events and must turn up nowhere else.
pub(crate) const SECRET: &str = "hunter2-and-a-token";

/// The outcome that an event must have.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Expected {
    /// A response that says that the event is not for this function.
    Refused,
    /// Success, since the strange part of the event plays no role.
    Success,
    /// Any response of our own with a status below 500.
    Answered,
    /// An invocation error, since Lambda never hands over text that is not JSON.
    Failed,
}

/// An event with its name.
pub(crate) struct Foreign {
    pub(crate) name: String,
    text: String,
    expected: Expected,
}

impl Foreign {
    fn new(name: impl Into<String>, event: &Value, expected: Expected) -> Self {
        // JSON can spell a text that is not Unicode, and a `Value` cannot hold it.
        let text = event.to_string().replace("LONE-SURROGATE", r"\ud800");
        Self { name: name.into(), text, expected }
    }

    /// Returns all foreign events for a function whose own event is `own`.
    pub(crate) fn all(own: &Value) -> Vec<Self> {
        let mut all = of_other_sources(own);
        all.extend(spoiled(own));
        if is_request(own) {
            all.extend(rare_requests(own));
            all.extend(impossible_requests(own));
        }
        let cut_off = format!(r#"{{"token": "{SECRET}""#);
        all.push(Self { name: "not JSON".to_owned(), text: cut_off, expected: Expected::Failed });
        all
    }

    /// Hands the event to a function and checks the outcome.
    pub(crate) async fn check(&self, process: &LambdaProcess, own: &Value) {
        let name = &self.name;
        let response = process.invoke_text(self.text.as_str()).await;
        assert!(!format!("{response:?}").contains(SECRET), "{name}: {response:?}");
        match (response, self.expected) {
            (Err(InvocationError::Failed(_)), Expected::Failed) => {}
            (Ok(response), Expected::Refused) => assert_refused(&response, own, name),
            (Ok(response), Expected::Success) => {
                assert!(is_success(&response), "{name}: {response}")
            }
            (Ok(response), Expected::Answered) => assert_ours(&response, name),
            (response, expected) => panic!("{name}: {response:?} instead of {expected:?}"),
        }
    }
}

/// Returns events that other services of AWS send, and events of people who try the function out.
fn of_other_sources(own: &Value) -> Vec<Foreign> {
    let rest = json!({
        "resource": "/calls/{token}", "path": format!("/calls/{SECRET}"), "httpMethod": "GET",
        "headers": { "Cookie": SECRET }, "multiValueHeaders": { "Cookie": [SECRET] },
        "queryStringParameters": null, "pathParameters": { "token": SECRET }, "body": null,
        "isBase64Encoded": false,
        "requestContext": {
            "resourcePath": "/calls/{token}", "httpMethod": "GET", "stage": "prod",
            "requestId": "1", "identity": { "sourceIp": "192.0.2.1" },
        },
    });
    let balancer = json!({
        "requestContext": { "elb": { "targetGroupArn": "arn:aws:elasticloadbalancing:1:2:3" } },
        "httpMethod": "GET", "path": format!("/calls/{SECRET}"), "queryStringParameters": {},
        "headers": { "cookie": SECRET }, "body": SECRET, "isBase64Encoded": false,
    });
    let schedule = json!({
        "version": "0", "id": "1", "detail-type": "Scheduled Event", "source": "aws.events",
        "account": "123456789012", "time": "2026-01-01T00:00:00Z", "region": "us-east-1",
        "resources": ["arn:aws:events:us-east-1:123456789012:rule/warm"],
        "detail": { "token": SECRET },
    });
    let bucket = json!({ "Records": [{
        "eventSource": "aws:s3", "s3": { "object": { "key": SECRET } },
    }] });
    let request = json!({
        "version": "2.0", "routeKey": "GET /", "rawPath": "/", "rawQueryString": SECRET,
        "headers": {}, "isBase64Encoded": false,
        "requestContext": { "http": { "method": "GET", "path": "/" }, "timeEpoch": 0 },
    });
    let socket = json!({
        "requestContext": { "connectionId": "c=", "routeKey": "$default", "eventType": "MESSAGE" },
        "body": SECRET,
    });
    let queue = json!({ "Records": [{ "messageId": "1", "body": SECRET }] });
    let named = [
        ("a REST API", &rest),
        ("a load balancer", &balancer),
        ("a schedule", &schedule),
        ("a bucket", &bucket),
        ("an HTTP API", &request),
        ("a WebSocket API", &socket),
        ("a queue", &queue),
        ("an empty object", &json!({})),
        ("null", &Value::Null),
        ("an empty list", &json!([])),
        ("a list", &json!([SECRET, { "Records": 1 }])),
        ("a text", &json!(SECRET)),
        ("a number", &json!(-7e300)),
        ("true", &json!(true)),
    ];
    let is_foreign = |event: &Value| source(event) != source(own);
    let foreign = named.into_iter().filter(|(_, event)| is_foreign(event));
    foreign.map(|(name, event)| Foreign::new(name, event, Expected::Refused)).collect()
}

/// Returns the function's own event, each time with a part that is missing or of another type.
fn spoiled(own: &Value) -> Vec<Foreign> {
    let needed: &[&str] = match source(own) {
        Source::Http => &[
            "/requestContext",
            "/requestContext/http",
            "/requestContext/http/method",
            "/rawPath",
            "/headers",
            "/isBase64Encoded",
        ],
        Source::Socket => {
            &["/requestContext", "/requestContext/connectionId", "/requestContext/routeKey"]
        }
        Source::Queue => &["/Records", "/Records/0/messageId", "/Records/0/body"],
        Source::Other => &[],
    };
    let spoil = |path: &&str| {
        let wrong = [json!({ "token": [SECRET] }), json!(7), json!("LONE-SURROGATE")];
        wrong.map(|wrong| {
            let mut event = own.clone();
            *event.pointer_mut(path).unwrap() = wrong.clone();
            Foreign::new(format!("{path}: {wrong}"), &event, Expected::Refused)
        })
    };
    let mut all: Vec<_> = needed.iter().flat_map(spoil).collect();
    for path in needed.iter().filter(|path| !matches!(**path, "/headers" | "/isBase64Encoded")) {
        let mut event = own.clone();
        let (parent, name) = path.rsplit_once('/').unwrap();
        event.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name).unwrap();
        all.push(Foreign::new(format!("without {path}"), &event, Expected::Refused));
    }
    all
}

/// Returns requests that are rare but possible.
fn rare_requests(own: &Value) -> Vec<Foreign> {
    let change = |name, change| changed(own, name, Expected::Success, change);
    vec![
        change("only a method in its context", |event| {
            let method = event["requestContext"]["http"]["method"].take();
            event["requestContext"] = json!({ "http": { "method": method } });
        }),
        change("a header that is not ASCII", |event| {
            event["headers"]["x-forwarded-user"] = format!("Zoë {SECRET}").into();
        }),
        change("a header with a line end", |event| {
            event["headers"]["x-forwarded-user"] = format!("a\r\nset-cookie: {SECRET}").into();
        }),
        change("a header without a name", |event| event["headers"][""] = SECRET.into()),
        change("a host that is none", |event| {
            event["requestContext"]["domainName"] = "a b%/@:\u{0}".into();
            event["headers"]["host"] = "a b%/@:".into();
        }),
        change("5,000 headers", |event| add_headers(event, 5_000)),
        change("a body in base64", |event| {
            let body = event["body"].as_str().unwrap_or_default();
            event["body"] = STANDARD.encode(body).into();
            event["isBase64Encoded"] = true.into();
        }),
        change("nulls where there is nothing", |event| {
            for name in ["body", "cookies", "pathParameters", "rawQueryString", "stageVariables"] {
                event[name] = event[name].take();
            }
        }),
        change("a field that is nested deeply", |event| {
            event["future"] = (0..120).fold(Value::from(SECRET), |inner, _| json!([inner]));
        }),
    ]
}

/// Returns requests that a gateway would not let through.
fn impossible_requests(own: &Value) -> Vec<Foreign> {
    let change = |name, change| changed(own, name, Expected::Answered, change);
    vec![
        // This is more than `http::HeaderMap` takes.
        change("40,000 headers", |event| add_headers(event, 40_000)),
        change("no body", |event| event["body"] = Value::Null),
        change("a body that is said to be base64", |event| {
            event["body"] = SECRET.into();
            event["isBase64Encoded"] = true.into();
        }),
        change("bytes that are not text", |event| {
            event["body"] = "/////w==".into();
            event["isBase64Encoded"] = true.into();
        }),
        change("a path longer than a URI may be", |event| {
            event["rawPath"] = format!("/calls/{SECRET}{}", "a".repeat(70_000)).into();
        }),
        change("a path that is none", |event| event["rawPath"] = "no path \u{0} ?".into()),
    ]
}

fn changed(own: &Value, name: &str, expected: Expected, change: fn(&mut Value)) -> Foreign {
    let mut event = own.clone();
    change(&mut event);
    Foreign::new(name, &event, expected)
}

fn add_headers(event: &mut Value, count: usize) {
    for number in 0..count {
        event["headers"][format!("x-{number}")] = SECRET.into();
    }
}

#[derive(PartialEq)]
enum Source {
    Http,
    Socket,
    Queue,
    Other,
}

fn source(event: &Value) -> Source {
    if event["requestContext"]["http"].is_object() {
        Source::Http
    } else if event["requestContext"]["connectionId"].is_string() {
        Source::Socket
    } else if event["Records"][0]["messageId"].is_string() {
        Source::Queue
    } else {
        Source::Other
    }
}

fn is_request(own: &Value) -> bool {
    source(own) == Source::Http
}

fn assert_refused(response: &Value, own: &Value, name: &str) {
    match source(own) {
        Source::Socket => assert_eq!(*response, json!({ "statusCode": 400 }), "{name}"),
        Source::Queue => assert_eq!(*response, json!({ "batchItemFailures": [] }), "{name}"),
        Source::Http | Source::Other => {
            assert_eq!(response["statusCode"], 400, "{name}: {response}");
            assert_eq!(error(response)["errno"], 107, "{name}: {response}");
            assert_ours(response, name);
        }
    }
}

/// Checks that a response has the headers that all our responses have, and is not a server error.
fn assert_ours(response: &Value, name: &str) {
    let status = response["statusCode"].as_u64().unwrap();
    assert!((200..500).contains(&status), "{name}: {response}");
    assert_eq!(response["headers"]["x-content-type-options"], "nosniff", "{name}: {response}");
    assert_eq!(
        response["headers"]["cache-control"], "no-store, no-transform",
        "{name}: {response}"
    );
    if response["headers"]["content-type"] == "application/json" && status >= 400 {
        assert_eq!(error(response)["code"], status, "{name}");
    }
}

fn error(response: &Value) -> Value {
    serde_json::from_str(response["body"].as_str().unwrap()).unwrap()
}
