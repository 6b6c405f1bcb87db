//! Bad tokens, paths and methods: each request gets the error that names its fault.

use std::collections::BTreeSet;

use loop_lambda::routes::{ROUTES, allowed_methods};
use reqwest::{Method, StatusCode, header::HeaderMap};

use crate::world::World;

#[tokio::test]
async fn every_bad_token_looks_the_same() {
    let world = World::new().await;
    let mut bob = world.registered("/bob").await;
    let (path, made) = bob.link(600).await;
    let token = made["call_token"].as_str().unwrap();
    let session = bob.cookie.clone().unwrap().split_once('=').unwrap().1.to_owned();
    let (first, rest) = token.split_at(40);
    let forged = format!("{first}{}{}", if rest.starts_with('A') { 'B' } else { 'A' }, &rest[1..]);
    let foreign = World::new().await.registered("/eve").await.link(600).await.0;
    let foreign = foreign.strip_prefix("/calls/").unwrap();
    let bad = [
        "x",
        "%00",
        "%F0%9F%98%80",
        "..%5C..",
        "a%20b",
        "null",
        &token[1..],
        &format!("{token}A"),
        &forged,
        &session,
        foreign,
        &"A".repeat(5000),
    ];
    world.wire.take();
    // The errors of opening, of calling and of revoking, and the page.
    let mut responses = [const { BTreeSet::new() }; 4];
    let mut messages = BTreeSet::new();
    for bad in bad {
        let (call, url) = (format!("/calls/{bad}"), format!("/call-url/{bad}"));
        let json = [bob.get(&call).await, bob.call(&call).await, bob.delete(&url).await];
        for (response, responses) in json.into_iter().zip(&mut responses) {
            let mut error = response.expect_error(404, 105);
            error["request_id"].take();
            messages.insert(error.to_string());
            responses.insert(format!("{error} {:?}", without_date(response.headers)));
        }
        let page = bob.page(&call).await;
        responses[3].insert(format!("{} {:?}", page.text, without_date(page.headers)));
    }
    assert_eq!(messages.len(), 1, "{messages:#?}");
    assert!(responses.iter().all(|alike| alike.len() == 1), "{responses:#?}");
    assert!(world.wire.take().is_empty(), "a bad token costs no request to DynamoDB");
    world.browser().get(&path).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn a_scan_leaves_a_line_a_minute() {
    let world = World::new().await;
    let mut scanner = world.browser();
    let mut scan = async |times: usize| {
        for number in 0..times {
            scanner.get(&format!("/calls/{number}")).await.expect_error(404, 105);
            scanner.page(&format!("/calls/{number}")).await;
            scanner.call(&format!("/calls/{number}")).await.expect_error(404, 105);
            scanner.get(&format!("/{number}.php")).await.expect_error(404, 404);
        }
    };
    scan(50).await;
    world.after(59);
    scan(50).await;
    world.after(60);
    scan(1).await;
    let lines: Vec<_> = world.log.lines();
    let requests = |route: &str| -> Vec<_> {
        let of_route = lines.iter().filter(|line| line["route"] == route);
        of_route.map(|line| line["requests"].as_u64()).collect()
    };
    assert_eq!(requests("GET /calls/{token}"), [Some(1), Some(200)]);
    assert_eq!(requests("POST /calls/{token}"), [Some(1), Some(100)]);
    assert_eq!(requests("$default"), [Some(1), Some(100)]);
    assert_eq!(lines.len(), 6, "{lines:?}");
    assert!(world.wire.take().is_empty());
}

#[tokio::test]
async fn unknown_paths_and_wrong_methods() {
    let world = World::new().await;
    let mut browser = world.browser();
    for path in ["/nothing", "/calls/a/b", "/Calls", "/registration/", "//", "/call-url/", "/.env"]
    {
        browser.get(path).await.expect_error(404, 404);
    }
    let methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "BREW"];
    for path in [
        "/",
        "/registration",
        "/call-url",
        "/call-url/x",
        "/calls",
        "/calls/",
        "/calls/x",
        "/__version__",
    ] {
        let allowed = allowed_methods(path).unwrap();
        for method in methods.iter().filter(|method| !allowed.split(", ").any(|it| it == **method))
        {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let response = browser.send(method.clone(), path, None).await;
            response.expect_error(405, 405);
            assert_eq!(response.header("allow"), allowed, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn every_endpoint_wants_to_be_accepted_and_those_of_bob_his_session() {
    let world = World::new().await;
    let mut bob = world.registered("/bob").await;
    let (_, made) = bob.link(600).await;
    let token = made["call_token"].as_str().unwrap();
    let mut picky = world.browser().header("accept", "image/png");
    let mut stranger = world.browser();
    for route in ROUTES {
        let path = route.path.replace("{token}", token).replace("{proxy+}", "");
        let method: Method = route.method.parse().unwrap();
        // A response without a body has no error to check.
        if method == Method::HEAD {
            continue;
        }
        if !matches!(route.path, "/__lbheartbeat__" | "/service-worker.js") {
            let response = picky.send(method.clone(), &path, None).await;
            response.expect_error(406, 114);
        }
        let is_of_bob = matches!(route.path, "/call-url" | "/call-url/{token}")
            || route.path.trim_end_matches("/{proxy+}") == "/calls"
            || (route.method, route.path) == ("DELETE", "/registration");
        if is_of_bob {
            stranger.send(method, &path, None).await.expect_error(401, 110);
        }
    }
}

fn without_date(mut headers: HeaderMap) -> HeaderMap {
    headers.remove("date");
    headers
}
