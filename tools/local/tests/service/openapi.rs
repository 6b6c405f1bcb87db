//! Tests that `docs/openapi.yaml` and `docs/errors.md` say the same as the code.

mod description;
mod errors;

use std::collections::BTreeSet;

use loop_core::limits;
use loop_lambda::routes::{ROUTES, Route};
use loop_testkit::Fault;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::world::{Received, World};

use description::Description;

/// Returns all routes but those of `HEAD`, which the document describes once for all.
fn described_routes() -> impl Iterator<Item = &'static Route> {
    ROUTES.iter().filter(|route| route.method != "HEAD")
}

#[test]
fn the_routes_are_those_of_the_code() {
    let routes = described_routes();
    let routes = routes.map(|it| format!("{} {}", it.method, it.path.replace("{proxy+}", "")));
    assert_eq!(Description::read().operations(), routes.collect());
}

#[test]
fn the_bounds_are_those_of_the_code() {
    let described = Description::read();
    assert_eq!(described.0["info"]["version"], env!("CARGO_PKG_VERSION"));
    let schemas = &described.0["components"]["schemas"];
    assert_eq!(schemas["RemoteId"]["maxLength"], limits::REMOTE_ID_MAX_CHARACTERS);
    assert_eq!(schemas["CalleeName"]["maxLength"], limits::CALLEE_NAME_MAX_CHARACTERS);
    assert_eq!(schemas["PushUrl"]["maxLength"], limits::PUSH_URL_MAX_BYTES);
    let wish = &described.operation("POST /call-url")["requestBody"]["content"]["application/json"];
    let duration = &wish["schema"]["properties"]["valid_duration"];
    assert_eq!(duration["maximum"], limits::CALL_URL_LIFETIME_MAX.as_secs());
    let version = &described.0["components"]["parameters"]["Version"]["schema"];
    assert_eq!(version["maximum"], u64::MAX);
    let calls = &described.0["components"]["responses"]["Calls"]["content"]["application/json"];
    let calls = &calls["schema"]["properties"]["calls"];
    assert_eq!(calls["maxItems"], limits::PENDING_CALLS_PER_CALLEE);
}

#[test]
fn every_example_is_valid() {
    let described = Description::read();
    let mut examples = Vec::new();
    collect_examples(&described.0, &mut examples);
    assert!(examples.len() > 25, "{}", examples.len());
    for (schema, example) in examples {
        let faults = described.faults(schema, example);
        assert!(faults.is_empty(), "{faults:#?} in {example}");
    }
}

#[tokio::test]
async fn every_operation_succeeds_as_described() {
    let described = Description::read();
    let world = World::new().await;
    let (mut bob, mut alice) = (world.browser(), world.browser());
    let mut succeeded = BTreeSet::new();
    let mut expect = |operation: &str, received: &Received| {
        assert!(received.status.is_success(), "{operation}: {received:?}");
        described.expect(operation, received);
        succeeded.insert(operation.to_owned());
    };
    let device = json!({ "simple_push_url": world.push.url("/bob") });
    expect("POST /registration", &bob.post("/registration", device.clone()).await);
    for wish in [
        json!({ "remote_id": "alice", "valid_duration": 60 }),
        json!({ "remote_id": "alice", "valid_duration": 2_592_000, "callee_name": "Bob" }),
    ] {
        let made = bob.post("/call-url", wish).await;
        expect("POST /call-url", &made);
        let token = made.json()["call_token"].as_str().unwrap().to_owned();
        let path = format!("/calls/{token}");
        expect("GET /calls/{token}", &alice.get(&path).await);
        expect("GET /calls/{token}", &alice.page(&path).await);
        expect("POST /calls/{token}", &alice.call(&path).await);
        expect("POST /calls/{token}", &alice.post(&path, json!({ "call_type": "audio" })).await);
        for path in ["/calls", "/calls/"] {
            let listed = bob.get(path).await;
            expect(&format!("GET {path}"), &listed);
            assert_eq!(listed.json()["calls"].as_array().unwrap().len(), 2);
        }
        expect("DELETE /call-url/{token}", &bob.delete(&format!("/call-url/{token}")).await);
    }
    expect("DELETE /registration", &bob.delete_with("/registration", device.clone()).await);
    expect("GET /", &bob.page("/").await);
    for path in ["/", "/__heartbeat__", "/__lbheartbeat__", "/__version__", "/service-worker.js"] {
        expect(&format!("GET {path}"), &bob.get(path).await);
    }
    assert_eq!(succeeded, described.operations());
}

#[tokio::test]
async fn a_renewed_session_is_described_wherever_there_is_one() {
    let described = Description::read();
    let world = World::new().await;
    let mut bob = world.registered("/bob").await;
    let first_session = bob.cookie.clone();
    world.just_before(limits::SESSION_LIFETIME.as_secs());
    let (_, made) = bob.link(60).await;
    let revocation = format!("/call-url/{}", made["call_token"].as_str().unwrap());
    let device = json!({ "simple_push_url": world.push.url("/bob") }).to_string();
    let wish = json!({ "remote_id": "alice", "valid_duration": 60 }).to_string();
    for (operation, path, body) in [
        ("POST /registration", "/registration", device.as_str()),
        ("POST /call-url", "/call-url", &wish),
        ("DELETE /call-url/{token}", &revocation, ""),
        ("GET /calls", "/calls", ""),
        ("GET /calls/", "/calls/", ""),
        ("DELETE /registration", "/registration", &device),
    ] {
        bob.cookie.clone_from(&first_session);
        let method = operation.split_once(' ').unwrap().0.parse().unwrap();
        let received = bob.send(method, path, Some((Some("application/json"), body.into()))).await;
        assert_ne!(received.header("set-cookie"), "", "{operation}: {received:?}");
        described.expect(operation, &received);
    }
}

#[tokio::test]
async fn a_body_is_accepted_exactly_if_its_schema_says_so() {
    let described = Description::read();
    let world = World::new().await;
    let mut bob = world.registered("/bob").await;
    let push_url = world.push.url("/bob");
    let of_length = |bytes: usize| format!("{push_url}{}", "a".repeat(bytes - push_url.len()));
    let cases = [
        ("POST /call-url", json!({ "remote_id": "alice", "valid_duration": 1 })),
        (
            "POST /call-url",
            json!({ "remote_id": "alice", "valid_duration": 1, "callee_name": null }),
        ),
        ("POST /call-url", json!({ "remote_id": "alice", "valid_duration": 1, "callee_name": "" })),
        ("POST /call-url", json!({ "remote_id": "alice", "valid_duration": 1, "name": "Bob" })),
        ("POST /call-url", json!({ "remote_id": "alice", "valid_duration": 0 })),
        ("POST /call-url", json!({ "remote_id": "alice", "valid_duration": 60.0 })),
        ("POST /call-url", json!({ "remote_id": "alice", "valid_duration": 8.64e4 })),
        ("POST /call-url", json!({ "remote_id": "alice", "valid_duration": 60.5 })),
        ("POST /call-url", json!({ "remote_id": "alice", "valid_duration": -60.0 })),
        ("POST /call-url", json!({ "remote_id": "alice", "valid_duration": 2_592_000.0 })),
        ("POST /call-url", json!({ "remote_id": "alice", "valid_duration": 2_592_000.5 })),
        ("POST /call-url", json!({ "remote_id": "alice", "valid_duration": 1e300 })),
        ("POST /call-url", json!({ "remote_id": "alice", "valid_duration": null })),
        ("POST /call-url", json!({ "remote_id": ["alice"], "valid_duration": 1 })),
        ("POST /call-url", json!({ "remote_id": "alice", "valid_duration": 1, "callee_name": 7 })),
        ("POST /call-url", json!({ "remote_id": "alice", "valid_duration": 2_592_001 })),
        ("POST /call-url", json!({ "remote_id": "alice", "valid_duration": "1" })),
        ("POST /call-url", json!({ "remote_id": "a".repeat(64), "valid_duration": 1 })),
        ("POST /call-url", json!({ "remote_id": "a".repeat(65), "valid_duration": 1 })),
        ("POST /call-url", json!({ "remote_id": " ", "valid_duration": 1 })),
        ("POST /call-url", json!({ "remote_id": null, "valid_duration": 1 })),
        ("POST /call-url", json!({ "valid_duration": 1 })),
        ("POST /registration", json!({ "simple_push_url": push_url })),
        ("POST /registration", json!({ "simple_push_url": push_url, "push_subscription": null })),
        (
            "POST /registration",
            json!({ "push_subscription": { "endpoint": push_url, "keys": {} } }),
        ),
        ("POST /registration", json!({ "push_subscription": { "keys": {} } })),
        ("POST /registration", json!({ "push_subscription": push_url })),
        (
            "POST /registration",
            json!({ "push_subscription": { "endpoint": push_url, "expirationTime": null } }),
        ),
        ("POST /registration", json!({ "push_subscription": { "endpoint": null } })),
        ("POST /registration", json!({ "simple_push_url": push_url, "polling_id": null })),
        ("POST /registration", json!({ "polling_id": "q83vEjRWeJCrze8SNFZ4kA" })),
        ("POST /registration", json!({ "polling_id": "q83vEjRWeJCrze8SNFZ4kB" })),
        ("POST /registration", json!({ "polling_id": "q83vEjRWeJCrze8SNFZ4k" })),
        (
            "POST /registration",
            json!({ "simple_push_url": push_url, "polling_id": "q83vEjRWeJCrze8SNFZ4kA" }),
        ),
        ("POST /registration", json!({ "simple_push_url": null })),
        ("POST /registration", json!({ "simple_push_url": push_url, "ttl": 1 })),
        ("POST /registration", json!({})),
        ("DELETE /registration", json!({ "simple_push_url": push_url })),
        ("DELETE /registration", json!({ "simple_push_url": of_length(2049) })),
        ("DELETE /registration", json!({ "simple_push_url": "ftp://user@evil.example/#a" })),
        ("DELETE /registration", json!({ "push_subscription": { "endpoint": of_length(2049) } })),
        ("DELETE /registration", json!({ "simple_push_url": "no URL" })),
        ("DELETE /registration", json!({ "push_subscription": { "keys": {} } })),
        ("DELETE /registration", json!({ "polling_id": "q83vEjRWeJCrze8SNFZ4kA" })),
        ("DELETE /registration", json!({ "polling_id": "q83vEjRWeJCrze8SNFZ4kB" })),
        ("DELETE /registration", json!({})),
        ("POST /registration", json!({ "simple_push_url": of_length(2048) })),
        ("POST /registration", json!({ "simple_push_url": of_length(2049) })),
        ("POST /calls/{token}", json!({})),
        ("POST /calls/{token}", json!({ "call_type": null })),
        ("POST /calls/{token}", json!({ "call_type": "audio-video" })),
        ("POST /calls/{token}", json!({ "call_type": "video" })),
        ("POST /calls/{token}", json!([])),
    ];
    for (operation, body) in cases {
        // Each request has its own link, so that no call is refused because others ring through it.
        let (path, _) = bob.link(60).await;
        let path = match operation.split_once(' ').unwrap().1 {
            "/calls/{token}" => &path,
            path => path,
        };
        let is_valid = described.faults_of_request(operation, &body).is_empty();
        let method = operation.split_once(' ').unwrap().0.parse().unwrap();
        let json = (Some("application/json"), body.to_string().into_bytes());
        let status = bob.send(method, path, Some(json)).await.status;
        assert_eq!(status.is_success(), is_valid, "{operation} {body}: {status}");
        assert!(status.is_success() || status == StatusCode::BAD_REQUEST, "{operation} {body}");
    }
}

#[tokio::test]
async fn refused_requests_are_answered_as_described() {
    let described = Description::read();
    let world = World::new().await;
    let mut bob = world.registered("/bob").await;
    let (path, made) = bob.link(60).await;
    let token = made["call_token"].as_str().unwrap();
    let revocation = format!("/call-url/{token}");
    let takes_all = ["/__lbheartbeat__", "/service-worker.js"];
    for route in described_routes().filter(|route| !takes_all.contains(&route.path)) {
        let path = route.path.replace("{token}", token).replace("{proxy+}", "");
        let operation = format!("{} {}", route.method, route.path.replace("{proxy+}", ""));
        let mut stranger = world.browser();
        for accept in ["application/json", "text/html,*/*;q=0.8"] {
            stranger.headers =
                vec![("origin", "https://evil.example".to_owned()), ("accept", accept.to_owned())];
            let received = stranger.send(route.method.parse().unwrap(), &path, None).await;
            described.expect(&operation, &received);
        }
        stranger.headers = vec![("accept", "image/png".to_owned())];
        let received = stranger.send(route.method.parse().unwrap(), &path, None).await;
        assert_eq!(received.status, StatusCode::NOT_ACCEPTABLE);
        described.expect(&operation, &received);
    }
    for (operation, path) in [
        ("POST /registration", "/registration"),
        ("DELETE /registration", "/registration"),
        ("POST /call-url", "/call-url"),
        ("POST /calls/{token}", &path),
    ] {
        let method: Method = operation.split_once(' ').unwrap().0.parse().unwrap();
        let large = vec![b' '; limits::BODY_MAX_BYTES + 1];
        let json = Some("application/json");
        for body in
            [(json, b"{".to_vec()), (json, b"[]".to_vec()), (json, large), (None, b"{}".to_vec())]
        {
            let received = bob.send(method.clone(), path, Some(body)).await;
            assert!(received.status.is_client_error());
            described.expect(operation, &received);
        }
    }
    described.expect("POST /call-url", &bob.post("/call-url", json!({})).await);
    described.expect("GET /calls", &bob.get("/calls?version=x").await);
    described.expect("GET /calls/", &bob.get("/calls/?version=x").await);

    world.after(60);
    for bad in [path.as_str(), "/calls/x"] {
        described.expect("GET /calls/{token}", &bob.get(bad).await);
        described.expect("GET /calls/{token}", &bob.page(bad).await);
        described.expect("POST /calls/{token}", &bob.call(bad).await);
    }
    for bad in [revocation.as_str(), "/call-url/x"] {
        described.expect("DELETE /call-url/{token}", &bob.delete(bad).await);
    }
    described.expect_general("NoSuchResource", &bob.get("/nothing").await);
    described.expect_general("NoSuchResource", &bob.page("/nothing").await);
    described.expect_general("NoSuchMethod", &bob.page("/registration").await);
    described.expect_general("NoSuchResource", &bob.get("/calls/a/b").await);
    described.expect_general("NoSuchMethod", &bob.delete("/calls").await);
}

#[tokio::test]
async fn limits_and_outages_are_answered_as_described() {
    let described = Description::read();
    let world = World::new().await;
    let mut bob = world.registered("/0").await;
    let (path, made) = bob.link(60).await;
    let device =
        |number: usize| json!({ "simple_push_url": world.push.url(&format!("/{number}")) });
    let expect = |operation: &str, status: u16, received: &Received| {
        assert_eq!(received.status.as_u16(), status, "{operation}: {received:?}");
        described.expect(operation, received);
    };
    for _ in 0..limits::RINGING_CALLS_PER_LINK {
        bob.call(&path).await.expect(StatusCode::OK);
    }
    expect("POST /calls/{token}", 429, &bob.call(&path).await);
    for number in 1..limits::DEVICES_PER_USER {
        bob.post("/registration", device(number)).await.expect(StatusCode::OK);
    }
    let one_more = device(limits::DEVICES_PER_USER);
    expect("POST /registration", 429, &bob.post("/registration", one_more).await);
    let mut eve = world.registered("/eve").await;
    let (nobody, _) = eve.link(60).await;
    let eves = json!({ "simple_push_url": world.push.url("/eve") });
    eve.delete_with("/registration", eves).await.expect(StatusCode::NO_CONTENT);
    expect("POST /calls/{token}", 409, &bob.call(&nobody).await);

    world.wire.set_fault(Some(Fault::ServerError));
    let revocation = format!("/call-url/{}", made["call_token"].as_str().unwrap());
    expect("POST /registration", 503, &bob.post("/registration", device(1)).await);
    expect("DELETE /registration", 503, &bob.delete_with("/registration", device(1)).await);
    expect("DELETE /call-url/{token}", 503, &bob.delete(&revocation).await);
    expect("POST /calls/{token}", 503, &bob.call(&path).await);
    expect("GET /calls", 503, &bob.get("/calls").await);
    expect("GET /calls/", 503, &bob.get("/calls/").await);
    expect("GET /__heartbeat__", 503, &bob.get("/__heartbeat__").await);
}

/// Collects all examples that stand beside a schema, with their schemas.
fn collect_examples<'a>(value: &'a Value, examples: &mut Vec<(&'a Value, &'a Value)>) {
    match value {
        Value::Object(members) => {
            if let Some(schema) = members.get("schema") {
                let several = value["examples"].as_object().into_iter().flatten();
                let several = several.map(|(_, example)| &example["value"]);
                let all = members.get("example").into_iter().chain(several);
                examples.extend(all.map(|example| (schema, example)));
            }
            members.values().for_each(|member| collect_examples(member, examples));
        }
        Value::Array(items) => items.iter().for_each(|item| collect_examples(item, examples)),
        _ => {}
    }
}

fn number(value: &Value) -> u16 {
    value.as_u64().unwrap().try_into().unwrap()
}
