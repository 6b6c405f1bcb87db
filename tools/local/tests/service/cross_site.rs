//! Requests that a page of another site can make Bob's browser send. None has an effect.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::world::{Browser, Received, World};

const JSON: &str = "application/json";

/// Returns every request that changes something with Bob's cookie, as Bob's own page would send it.
fn changes(world: &World, token: &str) -> Vec<(Method, String, Option<Value>)> {
    let device = json!({ "simple_push_url": world.push.url("/evil") });
    let wish = json!({ "remote_id": "eve", "valid_duration": 60 });
    vec![
        (Method::POST, "/registration".to_owned(), Some(device.clone())),
        (Method::DELETE, "/registration".to_owned(), Some(device)),
        (Method::POST, "/call-url".to_owned(), Some(wish)),
        (Method::DELETE, format!("/call-url/{token}"), None),
    ]
}

async fn try_all(bob: &mut Browser, changes: &[(Method, String, Option<Value>)]) -> Vec<Received> {
    let mut responses = Vec::new();
    for (method, path, body) in changes {
        let body = body.as_ref().map(|body| (Some(JSON), body.to_string().into_bytes()));
        responses.push(bob.send(method.clone(), path, body).await);
    }
    responses
}

#[tokio::test]
async fn a_browser_that_hides_the_origin_still_says_that_it_is_another_s() {
    let world = World::new().await;
    let mut bob = world.registered("/bob").await;
    let (_, made) = bob.link(600).await;
    let changes = changes(&world, made["call_token"].as_str().unwrap());
    world.wire.take();
    for site in ["cross-site", "same-site", "Cross-Site", "", "none,cross-site", "something-new"] {
        bob.headers = vec![("sec-fetch-site", site.to_owned())];
        for response in try_all(&mut bob, &changes).await {
            response.expect_error(401, 110);
            assert_eq!(response.header("set-cookie"), "", "{site}");
        }
    }
    assert!(world.wire.take().is_empty());
    for site in ["same-origin", "none"] {
        bob.headers = vec![("sec-fetch-site", site.to_owned())];
        for response in try_all(&mut bob, &changes).await {
            assert!(response.status.is_success(), "{site}: {response:?}");
        }
    }
}

#[tokio::test]
async fn an_origin_that_is_almost_ours_is_another_s() {
    let world = World::new().await;
    let mut bob = world.registered("/bob").await;
    let (_, made) = bob.link(600).await;
    let changes = changes(&world, made["call_token"].as_str().unwrap());
    let own = world.server.url();
    let port = own.rsplit(':').next().unwrap();
    world.wire.take();
    for origin in [
        format!("{own}/"),
        format!("{own}0"),
        format!("{own}.evil.example"),
        format!("https://localhost:{port}"),
        format!("http://127.0.0.1:{port}"),
        format!("http://LOCALHOST:{port}"),
        format!("http://a.localhost:{port}"),
        format!("http://localhost@evil.example:{port}"),
        "http://localhost".to_owned(),
        "file://".to_owned(),
        "null".to_owned(),
        "é".to_owned(),
        format!("{own},https://evil.example"),
    ] {
        bob.headers = vec![("origin", origin.clone()), ("sec-fetch-site", "same-origin".into())];
        for response in try_all(&mut bob, &changes).await {
            response.expect_error(401, 110);
        }
    }
    // The gateway joins two headers of the same name.
    for pair in [[&own, "https://evil.example"], ["https://evil.example", &own], [&own, &own]] {
        bob.headers = pair.map(|origin| ("origin", origin.to_owned())).to_vec();
        for response in try_all(&mut bob, &changes).await {
            response.expect_error(401, 110);
        }
    }
    assert!(world.wire.take().is_empty());
}

/// The requests lack `Origin` and `Sec-Fetch-Site`, like forms in browsers without these headers.
#[tokio::test]
async fn no_form_and_no_simple_request_changes_anything() {
    let world = World::new().await;
    let mut bob = world.registered("/bob").await;
    let (path, made) = bob.link(600).await;
    let mut changes = changes(&world, made["call_token"].as_str().unwrap());
    changes.push((Method::POST, path.clone(), Some(json!({ "call_type": "audio" }))));
    world.wire.take();
    let multipart = "multipart/form-data; boundary=x";
    let form = "--x\r\nContent-Disposition: form-data; name=\"remote_id\"\r\n\r\neve\r\n--x--\r\n";
    for content_type in [
        Some("text/plain"),
        Some("text/plain; application/json"),
        Some("text/plain;charset=application/json"),
        Some("application/x-www-form-urlencoded"),
        Some("application/x-www-form-urlencoded; a=application/json"),
        Some(multipart),
        Some("text/plain,application/json"),
        Some("application/json,text/plain"),
        Some("text/json"),
        Some("application/json5"),
        Some("application/json-seq"),
        Some("application/csp-report"),
        None,
    ] {
        for (method, path, body) in &changes {
            let Some(body) = body else { continue };
            for body in [body.to_string(), format!("{body}="), "remote_id=eve".into(), form.into()]
            {
                let body = Some((content_type, body.into_bytes()));
                bob.send(method.clone(), path, body).await.expect_error(415, 114);
            }
        }
    }
    // A form without fields lacks everything that the endpoints require.
    for path in ["/registration", "/call-url"] {
        let empty = Some((Some("application/x-www-form-urlencoded"), Vec::new()));
        bob.send(Method::POST, path, empty).await.expect_error(400, 108);
    }
    // No header turns one method into another.
    bob.headers = ["x-http-method-override", "x-http-method", "x-method-override"]
        .map(|name| (name, "DELETE".to_owned()))
        .to_vec();
    let revocation = format!("/call-url/{}?_method=DELETE", made["call_token"].as_str().unwrap());
    for method in [Method::GET, Method::POST] {
        bob.send(method, &revocation, None).await.expect_error(405, 405);
    }
    assert!(world.wire.take().is_empty(), "nothing has reached the table");
    assert!(world.push.received().is_empty());
}

#[tokio::test]
async fn no_header_decides_where_links_lead() {
    let world = World::new().await;
    let mut bob = world.registered("/bob").await;
    let names = ["host", "x-forwarded-host", "x-forwarded-proto", "forwarded", "x-original-url"];
    bob.headers = names.map(|name| (name, "evil.example".to_owned())).to_vec();
    let wish = json!({ "remote_id": "alice", "valid_duration": 60 });
    let made = bob.post("/call-url", wish).await.expect(StatusCode::OK);
    let own = format!("{}/calls/", world.server.url());
    assert!(made["call_url"].as_str().unwrap().starts_with(&own), "{made}");
    // Such headers do not decide which origin is ours either.
    bob.headers.push(("origin", "https://evil.example".to_owned()));
    bob.post("/registration", json!({})).await.expect_error(401, 110);
}
