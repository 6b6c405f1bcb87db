//! Tests of the gateway alone, against the documentation of AWS.

mod fixture;

use std::time::Duration;

use emulator::websocket_api::{FRAME_MAX_BYTES, MESSAGE_MAX_BYTES, Timeouts};
use reqwest::Method;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{
    Bytes, Message,
    protocol::frame::{
        Frame,
        coding::{Data, OpCode},
    },
};

use crate::{
    described::DESCRIPTION,
    fake::until,
    socket::{Seen, Socket},
};

use fixture::{Fixture, SIGNATURE, escaped};

#[tokio::test]
async fn a_connection_is_three_kinds_of_events() {
    let fixture = Fixture::new().await;
    let url = format!("{}?a=1&b=", fixture.url);
    let headers = [("origin", "http://localhost:1"), ("user-agent", "test")];
    let mut socket = Socket::try_open(&url, &headers).await.ok().unwrap().undescribed();
    socket.send(&json!({ "type": "hello" })).await;
    socket.send(&json!([2])).await;
    fixture.events.wait_for(3).await;
    socket.close().await;
    fixture.all_gone().await;

    let events = fixture.events.all();
    let of_all = |name: &str| -> Vec<Value> {
        events.iter().map(|event| event["requestContext"][name].clone()).collect()
    };
    assert_eq!(of_all("routeKey"), ["$connect", "$default", "$default", "$disconnect"]);
    assert_eq!(of_all("eventType"), ["CONNECT", "MESSAGE", "MESSAGE", "DISCONNECT"]);
    for same in ["connectionId", "connectedAt", "stage", "domainName", "apiId", "identity"] {
        let values = of_all(same);
        assert!(values.iter().all(|value| *value == values[0] && !value.is_null()), "{same}");
    }
    let ids = of_all("requestId");
    assert!(ids.iter().enumerate().all(|(place, id)| !ids[..place].contains(id)), "{ids:?}");
    assert_eq!(of_all("identity")[0]["userAgent"], "test");
    let id = of_all("connectionId")[0].as_str().unwrap().to_owned();
    assert!(id.len() == 16 && id.ends_with('='), "as on AWS, to be escaped in a path: {id}");

    let connect = &events[0];
    assert_eq!(connect["headers"]["Origin"], "http://localhost:1");
    assert_eq!(connect["multiValueHeaders"]["Origin"], json!(["http://localhost:1"]));
    assert_eq!(connect["queryStringParameters"], json!({ "a": "1", "b": "" }));
    assert!(connect.get("body").is_none());
    assert_eq!(events[1]["body"], r#"{"type":"hello"}"#);
    assert_eq!(events[2]["body"], "[2]");
    assert!(events[1]["requestContext"]["messageId"].is_string());
    assert!(events[1].get("headers").is_none());
    assert_eq!(events[3]["requestContext"]["disconnectStatusCode"], 1005);
    assert!(events.iter().all(|event| event["isBase64Encoded"] == false));
}

#[tokio::test]
async fn a_handshake_is_refused_with_the_status_that_the_function_gives() {
    let fixture = Fixture::new().await;
    for (asked, given) in [("403", 403), ("500", 500), ("429", 429), ("fail", 502)] {
        let url = format!("{}?status={asked}", fixture.url);
        assert_eq!(Socket::try_open(&url, &[]).await.err(), Some(given));
    }
    assert_eq!(fixture.gateway.connections(), 0);
    assert_eq!(fixture.events.all().len(), 4, "nobody disconnects who was never connected");
    let plain = fixture.url.replace("ws:", "http:");
    let plain = fixture.client.get(plain).send().await.unwrap();
    assert!(plain.status().is_client_error(), "{}", plain.status());
    assert_eq!(fixture.events.all().len(), 4);
}

#[tokio::test]
async fn functions_send_describe_and_close_by_name() {
    let fixture = Fixture::new().await;
    let (mut socket, id) = fixture.connected().await;
    for (path, text) in [("", r#"{"number":1}"#), ("/local", r#"{"number":2}"#)] {
        let sent = fixture.manage(Method::POST, path, &id, text).await;
        assert_eq!(sent.status(), 200);
        assert_eq!(socket.message().await.to_string(), text);
    }
    let described = fixture.manage(Method::GET, "", &id, "").await;
    assert_eq!(described.status(), 200);
    let described: Value = described.json().await.unwrap();
    assert!(described["connectedAt"].as_str().unwrap().ends_with('Z'), "{described}");
    assert!(described["lastActiveAt"].is_string() && described["identity"].is_object());

    assert_eq!(fixture.manage(Method::DELETE, "/local", &id, "").await.status(), 204);
    assert_eq!(socket.next().await, Seen::Closed(Some(1000)));
    fixture.all_gone().await;
    for method in [Method::POST, Method::GET, Method::DELETE] {
        let gone = fixture.manage(method, "", &id, "{}").await;
        assert_eq!(gone.status(), 410);
        assert_eq!(gone.headers()["x-amzn-errortype"], "GoneException");
    }
    let disconnected = fixture.events.all().pop().unwrap();
    assert_eq!(disconnected["requestContext"]["disconnectStatusCode"], 1000);
}

#[tokio::test]
async fn what_functions_send_must_be_signed_text_and_not_too_long() {
    let fixture = Fixture::new().await;
    let (mut socket, id) = fixture.connected().await;
    let quoted = |length: usize| format!("\"{}\"", "x".repeat(length - 2));
    let longest = quoted(MESSAGE_MAX_BYTES);
    assert_eq!(fixture.manage(Method::POST, "", &id, &longest).await.status(), 200);
    assert_eq!(socket.message().await.as_str().unwrap().len(), MESSAGE_MAX_BYTES - 2);
    let too_long = fixture.manage(Method::POST, "", &id, &quoted(MESSAGE_MAX_BYTES + 1)).await;
    assert_eq!(too_long.status(), 413);
    assert_eq!(too_long.headers()["x-amzn-errortype"], "PayloadTooLargeException");

    let url = format!("{}/@connections/{}", fixture.management_url, escaped(&id));
    let unsigned = fixture.client.post(&url).body("{}").send().await.unwrap();
    assert_eq!(unsigned.status(), 403);
    let of_another = SIGNATURE.replace("execute-api", "sqs");
    let of_another = fixture.client.post(&url).header("authorization", of_another).send().await;
    assert_eq!(of_another.unwrap().status(), 403);
}

#[tokio::test]
async fn what_clients_may_not_send_closes_the_connection() {
    let long = |length: usize| Message::text("x".repeat(length));
    let fragment = |code, is_last| {
        let part = Bytes::from(vec![b'x'; FRAME_MAX_BYTES]);
        Message::Frame(Frame::message(part, OpCode::Data(code), is_last))
    };
    let five_parts: Vec<_> = (0..5)
        .map(|part| fragment(if part == 0 { Data::Text } else { Data::Continue }, part == 4))
        .collect();
    for (frames, code) in [
        (vec![long(FRAME_MAX_BYTES + 1)], 1009),
        (vec![long(MESSAGE_MAX_BYTES + 1)], 1009),
        (five_parts, 1009),
        (vec![Message::binary(vec![1])], 1003),
    ] {
        let fixture = Fixture::new().await;
        let (mut socket, _) = fixture.connected().await;
        for frame in frames {
            socket.send_frame(frame).await;
        }
        assert_eq!(socket.next().await, Seen::Closed(Some(code)));
        fixture.all_gone().await;
        let events = fixture.events.all();
        assert_eq!(events.len(), 2, "connect and disconnect, no message");
        assert_eq!(events[1]["requestContext"]["disconnectStatusCode"], code);
    }
    let fixture = Fixture::new().await;
    let (mut socket, _) = fixture.connected().await;
    socket.send_frame(long(FRAME_MAX_BYTES)).await;
    for part in 0..4 {
        let code = if part == 0 { Data::Text } else { Data::Continue };
        socket.send_frame(fragment(code, part == 3)).await;
    }
    let events = fixture.events.wait_for(3).await;
    assert_eq!(events[1]["body"].as_str().unwrap().len(), FRAME_MAX_BYTES);
    assert_eq!(events[2]["body"].as_str().unwrap().len(), MESSAGE_MAX_BYTES);
}

#[tokio::test]
async fn every_connection_disconnects_exactly_once_however_it_ends() {
    let fixture = Fixture::new().await;
    let vanishing = Socket::open(&fixture.url).await.undescribed();
    let closing = Socket::open(&fixture.url).await.undescribed();
    let mut left = Socket::open(&fixture.url).await.undescribed();
    until(|| fixture.gateway.connections() == 3).await;
    vanishing.vanish();
    until(|| fixture.gateway.connections() == 2).await;
    assert_eq!(
        fixture.events.all().last().unwrap()["requestContext"]["disconnectStatusCode"],
        1006
    );
    closing.close().await;
    until(|| fixture.gateway.connections() == 1).await;
    let (stopped, seen) = tokio::join!(fixture.gateway.stop(), left.next());
    assert_eq!((stopped, seen), ((), Seen::Closed(Some(1001))));
    assert_eq!(fixture.gateway.connections(), 0);
    tokio::time::sleep(Duration::from_millis(50)).await;
    let events = fixture.events.all();
    let disconnects = events.iter().filter(|it| it["requestContext"]["eventType"] == "DISCONNECT");
    let mut ids: Vec<_> =
        disconnects.map(|it| it["requestContext"]["connectionId"].to_string()).collect();
    ids.sort();
    let count = ids.len();
    ids.dedup();
    assert_eq!((count, ids.len()), (3, 3));
}

#[tokio::test]
async fn a_connection_ends_when_it_is_idle_or_old() {
    let long = Duration::from_secs(60);
    for timeouts in [
        Timeouts { idle: Duration::from_millis(100), lifetime: long },
        Timeouts { idle: long, lifetime: Duration::from_millis(100) },
    ] {
        let fixture = Fixture::with(timeouts).await;
        let (mut socket, _) = fixture.connected().await;
        assert_eq!(socket.next().await, Seen::Closed(Some(1001)));
        fixture.all_gone().await;
    }
    let usual = Timeouts::default();
    assert_eq!((usual.idle.as_secs(), usual.lifetime.as_secs()), (600, 7200));
    let fixture =
        Fixture::with(Timeouts { idle: Duration::from_millis(400), lifetime: long }).await;
    let (mut socket, id) = fixture.connected().await;
    for _ in 0..4 {
        tokio::time::sleep(Duration::from_millis(150)).await;
        socket.send(&json!({})).await;
    }
    for _ in 0..4 {
        tokio::time::sleep(Duration::from_millis(150)).await;
        assert_eq!(fixture.manage(Method::POST, "", &id, "{}").await.status(), 200);
    }
    assert_eq!(fixture.gateway.connections(), 1, "what goes either way keeps it open");
}

#[tokio::test]
async fn a_function_that_fails_is_an_error_message_to_the_client() {
    let fixture = Fixture::new().await;
    let (mut socket, id) = fixture.connected().await;
    socket.send_frame(Message::text("fail")).await;
    let fault = socket.message().await;
    assert_eq!(fault["message"], "Internal server error");
    assert_eq!(fault["connectionId"], id);
    assert_eq!(DESCRIPTION.expect_of_server(&fault), "gatewayError");
    socket.send(&json!({})).await;
    fixture.events.wait_for(3).await;
}

#[tokio::test]
async fn messages_of_a_connection_come_in_order() {
    let fixture = Fixture::new().await;
    let (mut socket, _) = fixture.connected().await;
    for number in 0..200 {
        socket.send(&json!(number)).await;
    }
    let events = fixture.events.wait_for(201).await;
    let bodies: Vec<_> = events[1..].iter().map(|it| it["body"].as_str().unwrap()).collect();
    let expected: Vec<_> = (0..200).map(|number| number.to_string()).collect();
    assert_eq!(bodies, expected);
}
