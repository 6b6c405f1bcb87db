//! Tests that secrets are looked for in all places where they could be, and that clients cannot
//! write into the log.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    secrets::Secrets,
    world::{SOON, World},
};

const KEY: &str = "8e03978e-40d5-43dd-bc93-6894a57f9324";

/// Control characters, and characters that change the direction of the text after them.
const UNSEEN: [char; 16] = [
    '\u{0}', '\u{7}', '\u{8}', '\u{b}', '\u{1b}', '\u{7f}', '\u{85}', '\u{200e}', '\u{200f}',
    '\u{202a}', '\u{202b}', '\u{202d}', '\u{202e}', '\u{2028}', '\u{2066}', '\u{2067}',
];

#[tokio::test]
async fn what_passes_through_a_world_is_looked_for() {
    let world = World::with(&[("LOOP_TURN_SECRET", "north-of-south")]).await;
    let mut bob = world.registered("/a-push-path").await;
    let (path, made) = bob.link(600).await;
    let mut alice = world.browser().header("idempotency-key", KEY);
    let placed = alice.call(&path).await.expect(StatusCode::OK);
    let listed = bob.get("/calls").await.expect(StatusCode::OK);
    let page = json!({ "polling_id": "q83vEjRWeJCrze8SNFZ4kA" });
    bob.post("/registration", page).await.expect(StatusCode::OK);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let setting = |name| world.server.environment().get(name).unwrap();
    let cookie = bob.cookie.clone().unwrap();
    let secrets = Secrets::of_server(&world.server.url());
    for secret in [
        text(&made["call_token"]),
        text(&placed["session_token"]),
        text(&listed["calls"][0]["session_token"]),
        cookie.split_once('=').unwrap().1.to_owned(),
        world.push.url("/a-push-path"),
        "alice@example.com".to_owned(),
        "q83vEjRWeJCrze8SNFZ4kA".to_owned(),
        KEY.to_owned(),
        setting("LOOP_TOKEN_KEYS").split_once(':').unwrap().1.to_owned(),
        setting("LOOP_VAPID_KEY"),
        setting("LOOP_TURN_SECRET"),
    ] {
        let line = json!({ "route": "GET /calls", "cause": format!("for {secret}!") }).to_string();
        assert!(secrets.found_in(&line).is_some(), "{secret} is not looked for");
    }
}

#[tokio::test]
async fn no_request_writes_into_the_log() {
    let world = World::new().await;
    let mut bob = world.registered("/bob").await;
    let (path, _) = bob.link(600).await;
    let before = world.log.lines().len();
    let evil = "\"},{\"INJECTED\":1} \\n\\u0000 %0a%0d \u{202e}\u{2066}\u{85}";
    let token = path.strip_prefix("/calls/").unwrap();
    let mut requests = Vec::new();
    for header in [
        "accept-language",
        "cookie",
        "forwarded",
        "idempotency-key",
        "origin",
        "referer",
        "user-agent",
        "x-amzn-request-id",
        "x-amzn-trace-id",
        "x-forwarded-for",
        "x-request-id",
    ] {
        requests.push(format!("POST {path} HTTP/1.1\r\nhost: localhost\r\n{header}: {evil}\r\n"));
    }
    for target in [
        format!("/calls/{token}?INJECTED=%0a%0d%22&\"={{}}"),
        format!("/calls/{token}%0a%0dINJECTED"),
        "/calls?version=%0aINJECTED%E2%80%AE".to_owned(),
        "/INJECTED%0a%E2%80%AE\"".to_owned(),
    ] {
        requests.push(format!("GET {target} HTTP/1.1\r\nhost: INJECTED\r\n"));
    }
    requests.push(format!("INJECTED'{{ {path} HTTP/1.1\r\nhost: localhost\r\n"));
    requests.push(format!("INJECTED {path} HTTP/1.1\r\nhost: localhost\r\n"));
    let responses = requests.len();
    for request in requests {
        raw(&world, &format!("{request}connection: close\r\n\r\n")).await;
    }
    for unseen in UNSEEN {
        let wish = json!({ "remote_id": format!("a{unseen}INJECTED"), "valid_duration": 60 });
        bob.post("/call-url", wish).await;
        let wish = json!({ format!("a{unseen}INJECTED"): 1 });
        bob.send(Method::POST, &path, Some((Some("application/json"), wish.to_string().into())))
            .await
            .expect_error(400, 107);
    }
    let text = world.log.text();
    let lines = world.log.lines();
    assert!(lines.len() - before <= responses + 2 * UNSEEN.len(), "a line too many");
    assert!(lines.len() - before >= 2 * UNSEEN.len());
    for line in &lines {
        let line = line.as_object().unwrap();
        assert!(line.contains_key("route") && line.contains_key("request_id"), "{line:?}");
        assert_ne!(line.get("method"), Some(&json!("INJECTED'{")), "{line:?}");
    }
    let unseen = |character: char| character != '\n' && UNSEEN.contains(&character);
    assert!(!text.contains(unseen) && !text.contains('\r'), "{text}");
    let seen = text.replace(r#""method":"INJECTED""#, "");
    assert!(!seen.contains("INJECTED"), "{text}");
}

/// Sends a request exactly as given, and waits for the whole response.
async fn raw(world: &World, request: &str) {
    let address = world.server.url().replace("http://localhost", "127.0.0.1");
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = Vec::new();
    tokio::time::timeout(SOON, stream.read_to_end(&mut response)).await.unwrap().unwrap();
    assert!(response.starts_with(b"HTTP/1.1 "), "{request}");
}
