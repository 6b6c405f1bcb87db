//! Tests that each endpoint's policy allows exactly its requests to DynamoDB, counted on the wire.

use std::collections::{BTreeMap, BTreeSet};

use loop_testkit::Behaviour;
use reqwest::StatusCode;
use serde_json::json;

use crate::{template::Template, world::World};

#[tokio::test]
async fn each_endpoint_makes_as_many_requests_as_designed() {
    let world = World::new().await;
    let wire = &world.wire;
    wire.take();
    let mut bob = world.registered("/bob").await;
    assert_eq!(wire.take(), ["PutItem"], "POST /registration, new user");
    let device = json!({ "simple_push_url": world.push.url("/bob") });
    bob.post("/registration", device.clone()).await.expect(StatusCode::OK);
    assert_eq!(wire.take(), ["UpdateItem"], "POST /registration again");
    let (path, made) = bob.link(600).await;
    assert!(wire.take().is_empty(), "POST /call-url");
    world.browser().page(&path).await;
    assert!(wire.take().is_empty(), "GET /calls/{{token}}");
    world.browser().call(&path).await.expect(StatusCode::OK);
    assert_eq!(wire.take(), ["Query", "PutItem", "GetItem"], "POST /calls/{{token}}");
    bob.get("/calls").await.expect(StatusCode::OK);
    assert_eq!(wire.take(), ["Query"], "GET /calls");
    bob.delete(&format!("/call-url/{}", made["call_token"].as_str().unwrap())).await;
    let ended = ["UpdateItem", "Query", "UpdateItem"];
    assert_eq!(wire.take(), ended, "DELETE /call-url/{{token}}, while one call rings");
    bob.delete(&format!("/call-url/{}", made["call_token"].as_str().unwrap())).await;
    assert_eq!(wire.take(), ["UpdateItem", "Query"], "DELETE /call-url/{{token}}");
    bob.delete_with("/registration", device).await.expect(StatusCode::NO_CONTENT);
    assert_eq!(wire.take(), ["UpdateItem"], "DELETE /registration");
    bob.get("/__heartbeat__").await.expect(StatusCode::OK);
    assert_eq!(wire.take(), ["PutItem"], "GET /__heartbeat__");
    bob.get("/").await.expect(StatusCode::OK);
    assert!(wire.take().is_empty(), "GET /");
}

/// Every path through every endpoint that makes another kind of request is compared with
/// `template.yaml`.
#[tokio::test]
async fn each_policy_allows_exactly_what_the_endpoint_does() {
    let world = World::new().await;
    let template = Template::read();
    let mut seen: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut note = |route| {
        let actions = world.wire.take().into_iter().map(|it| format!("dynamodb:{it}"));
        let function = template.function_behind(route).binary();
        seen.entry(function).or_default().extend(actions);
    };
    world.wire.take();
    let mut bob = world.registered("/gone").await;
    let device = json!({ "simple_push_url": world.push.url("/gone") });
    bob.post("/registration", device.clone()).await.expect(StatusCode::OK);
    note("POST /registration");
    let (path, made) = bob.link(600).await;
    note("POST /call-url");
    world.browser().page(&path).await;
    note("GET /calls/{token}");
    world.push.respond("/gone", Behaviour::Status(410));
    world.browser().call(&path).await.expect(StatusCode::OK);
    note("POST /calls/{token}");
    bob.get("/calls").await.expect(StatusCode::OK);
    note("GET /calls");
    bob.delete_with("/registration", device).await.expect(StatusCode::NO_CONTENT);
    note("DELETE /registration");
    bob.delete(&format!("/call-url/{}", made["call_token"].as_str().unwrap())).await;
    note("DELETE /call-url/{token}");
    bob.get("/__heartbeat__").await.expect(StatusCode::OK);
    note("GET /__heartbeat__");
    bob.get("/").await.expect(StatusCode::OK);
    note("GET /");

    let allowed: BTreeMap<_, _> = template
        .functions()
        .filter(|function| function.is_endpoint())
        .map(|function| (function.binary(), function.dynamodb_actions()))
        .collect();
    assert_eq!(allowed, seen);
}
