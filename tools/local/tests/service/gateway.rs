//! The work of the local gateway before a function is invoked, which has to be that of API Gateway.

use std::iter;

use loop_core::limits::ARRIVAL_TIMEOUT;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::world::{SOON, World};

/// Returns a text with every character as an escape.
fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

#[tokio::test]
async fn a_path_is_decoded_once_and_as_a_whole() {
    let world = World::new().await;
    let mut bob = world.registered("/bob").await;
    let (link, made) = bob.link(600).await;
    let token = made["call_token"].as_str().unwrap();
    let rest = token.strip_prefix('A').unwrap();
    let paths = [
        format!("/calls/%41{rest}"),
        format!("/calls/{}", escaped(token)),
        format!("/calls%2F{token}"),
        format!("/%63alls%2f{}", escaped(token)),
        // A question mark that appears after decoding ends the path.
        format!("/calls/{token}%3Fa=b"),
        format!("{link}?a=b"),
    ];
    for (number, path) in (0..).zip(paths) {
        // The call before is over.
        world.after(number * ARRIVAL_TIMEOUT.as_secs());
        bob.get(&path).await.expect(StatusCode::OK);
        bob.call(&path).await.expect(StatusCode::OK);
    }
    for (path, errno) in [
        // Paths are decoded only once.
        (format!("/calls/%2541{rest}"), 105),
        (format!("/calls%252F{token}"), 404),
        // A slash counts as a slash, escaped or not.
        (format!("/calls/{token}%2Fa"), 404),
        ("/calls/..%2F..".to_owned(), 404),
        // Text that is not an escape stays as it is, and so does a plus.
        (format!("/calls/%4{rest}"), 105),
        (format!("/calls/%zz{rest}"), 105),
        ("/calls/%".to_owned(), 105),
        (format!("/calls/+{rest}"), 105),
        (format!("/calls/%FF%FE{rest}"), 105),
        (format!("/calls/%23{token}"), 105),
        // Doubled slashes are not removed.
        (format!("//calls/{token}"), 404),
        (format!("/calls//{token}"), 404),
    ] {
        // `GET` would redirect a readable path to the link and hide the path that arrived.
        bob.call(&path).await.expect_error(404, errno);
    }
    let path = format!("/call-url/{}", escaped(token));
    bob.delete(&path).await.expect(StatusCode::NO_CONTENT);
}

/// A client library would remove the dots before it sends the request.
#[tokio::test]
async fn dots_in_a_path_are_nothing_special() {
    let world = World::new().await;
    let (link, _) = world.registered("/bob").await.link(600).await;
    for path in [format!("/x/..{link}"), format!("/.{link}"), format!("/%2e%2e{link}")] {
        let response = raw(&world, &format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n")).await;
        assert!(response.starts_with("HTTP/1.1 404 "), "{path}: {response}");
    }
}

/// Clients recognise these responses by the lack of an `errno`.
#[tokio::test]
async fn the_gateways_own_refusals_have_its_form() {
    let world = World::new().await;
    let mut alice = world.browser();
    let huge = vec![b' '; 10 * 1024 * 1024 + 1];
    let refused = alice.send(Method::POST, "/calls/x", Some((Some("text/plain"), huge))).await;
    assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(refused.json(), json!({ "message": "Request Entity Too Large" }));
    assert_eq!(refused.header("content-type"), "application/json");
    // The call channel refuses every request that is not a WebSocket handshake.
    for method in [Method::GET, Method::HEAD, Method::POST, Method::DELETE] {
        let refused = alice.send(method.clone(), "/channel", None).await;
        assert!(refused.status.is_client_error(), "{method}: {refused:?}");
        assert_eq!(refused.header("content-type"), "application/json", "{method}");
        if method != Method::HEAD {
            let body = refused.json();
            let members: Vec<_> = body.as_object().unwrap().keys().collect();
            assert_eq!(members, ["message"], "{method}: {body}");
        }
    }
    // Our own errors always have one.
    let ours = alice.call("/calls/x").await.json();
    assert!(ours["errno"].is_u64(), "{ours}");
}

#[tokio::test]
async fn who_opens_the_service_by_another_name_of_this_machine_is_led_to_the_right_one() {
    let world = World::new().await;
    let own = world.server.url();
    let port = own.rsplit(':').next().unwrap();
    for (path, host) in [("/", "127.0.0.1"), ("/calls/a%2Fb?c=d", "[::1]")] {
        let person = "accept: text/html,*/*;q=0.8\r\n";
        let head = format!("GET {path} HTTP/1.1\r\nhost: {host}:{port}\r\n");
        let response = raw(&world, &format!("{head}{person}")).await;
        assert!(response.starts_with("HTTP/1.1 307 "), "{response}");
        assert!(response.contains(&format!("location: {own}{path}\r\n")), "{response}");
        // Programs get a response instead of a redirect.
        let response = raw(&world, &format!("{head}accept: application/json\r\n")).await;
        assert!(!response.starts_with("HTTP/1.1 3"), "{response}");
    }
}

/// Only one of the names under which a page can be opened has the cookies. The page can say which.
#[tokio::test]
async fn a_page_under_another_name_is_told_the_right_one() {
    let world = World::new().await;
    let own = world.server.url();
    let mut bob = world.browser().header("origin", &own.replace("localhost", "127.0.0.1"));
    let body = json!({ "simple_push_url": world.push.url("/bob") });
    let refused: Value = bob.post("/registration", body).await.expect_error(401, 110);
    let expected = format!("requests from this origin are not allowed: use {own}");
    assert_eq!(refused["message"], expected);
}

/// Sends a request exactly as given, and reads the whole response.
async fn raw(world: &World, request: &str) -> String {
    let address = world.server.url().replace("http://localhost", "127.0.0.1");
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("{request}connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = Vec::new();
    tokio::time::timeout(SOON, stream.read_to_end(&mut response)).await.unwrap().unwrap();
    String::from_utf8(response).unwrap()
}

/// The gateway joins two headers of the same name. They mean one thing only if they are the same.
#[tokio::test]
async fn a_header_that_is_there_twice_says_one_thing_or_nothing() {
    let world = World::new().await;
    let mut bob = world.registered("/bob").await;
    let (path, _) = bob.link(600).await;
    let (key, other) = ("8e03978e-40d5-43dd-bc93-6894a57f9324", "0123456789abcdef0123456789abcdef");
    let placed = |keys: &[&str]| {
        let headers = keys.iter().map(|key| ("idempotency-key", (*key).to_owned()));
        let mut alice = world.browser();
        alice.headers = headers.collect();
        let path = path.clone();
        async move { alice.call(&path).await }
    };
    let once = placed(&[key]).await.expect(StatusCode::OK);
    for keys in [vec![key, key], vec![key; 3]] {
        let again = placed(&keys).await.expect(StatusCode::OK);
        assert_eq!(again["call_id"], once["call_id"], "{keys:?}");
    }
    let joined = format!("{key}, {key}");
    assert_eq!(placed(&[&joined]).await.json()["call_id"], once["call_id"]);
    for keys in [vec![key, other], vec![other, key, key], vec![key, ""]] {
        let refused = placed(&keys).await.expect_error(400, 107);
        assert!(refused["message"].as_str().unwrap().starts_with("Idempotency-Key: "), "{refused}");
    }
    for times in 1..4 {
        let types = iter::repeat_n("application/json", times).collect::<Vec<_>>();
        for content_type in [types.join(","), types.join(", "), types.join(";charset=utf-8, ")] {
            let (path, _) = bob.link(600).await;
            let body = br#"{"call_type":"audio"}"#.to_vec();
            let response = bob.send(Method::POST, &path, Some((Some(&content_type), body))).await;
            response.expect(StatusCode::OK);
        }
    }
}
