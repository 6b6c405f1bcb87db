//! `HEAD`, the method of previews, scanners and monitors: the same as `GET` without the body (RFC
//! 9110, section 9.3.2), on every path that has `GET`.

use loop_core::limits::SESSION_LIFETIME;
use loop_lambda::routes::ROUTES;
use loop_testkit::Fault;
use reqwest::{Method, StatusCode};

use crate::world::{Browser, Received, World};

/// Returns the responses to `GET` and to `HEAD`.
async fn both(browser: &mut Browser, path: &str) -> [Received; 2] {
    let cookie = browser.cookie.clone();
    let get = browser.send(Method::GET, path, None).await;
    browser.cookie = cookie;
    [get, browser.send(Method::HEAD, path, None).await]
}

#[track_caller]
fn expect_same(path: &str, [get, head]: [Received; 2]) {
    assert_eq!(head.status, get.status, "{path}");
    assert_eq!(head.text, "", "{path}");
    let headers = |response: &Received| {
        let mut headers = response.headers.clone();
        headers.remove("date");
        headers
    };
    assert_eq!(headers(&head), headers(&get), "{path}");
    assert_eq!(head.header("content-length"), get.header("content-length"), "{path}");
}

fn paths(token: &str) -> Vec<String> {
    let with_get = ROUTES.iter().filter(|route| route.method == "GET");
    let mut paths: Vec<_> = with_get
        .map(|route| route.path.replace("{token}", token).replace("{proxy+}", ""))
        .collect();
    paths.extend(
        ["/calls/AAAA", "/calls/a/b", "/nothing", "/registration", "/calls?version=x"]
            .map(str::to_owned),
    );
    paths
}

#[tokio::test]
async fn head_is_answered_as_get_without_the_body_wherever_there_is_get() {
    let world = World::new().await;
    let mut bob = world.registered("/bob").await;
    let (link, _) = bob.link(600).await;
    let token = link.strip_prefix("/calls/").unwrap();
    for accept in ["application/json", "text/html,*/*;q=0.8", "*/*", "image/png"] {
        for encoding in ["identity", "gzip"] {
            bob.headers =
                vec![("accept", accept.to_owned()), ("accept-encoding", encoding.to_owned())];
            for path in paths(token) {
                expect_same(&path, both(&mut bob, &path).await);
            }
        }
    }
    world.wire.set_fault(Some(Fault::ServerError));
    for path in ["/calls", "/__heartbeat__"] {
        expect_same(path, both(&mut bob, path).await);
    }
}

#[tokio::test]
async fn head_does_what_get_does_and_nothing_else() {
    let world = World::new().await;
    let mut bob = world.registered("/bob").await;
    let (link, _) = bob.link(600).await;
    world.wire.take();
    for path in [link.as_str(), "/", "/service-worker.js", "/__lbheartbeat__", "/__version__"] {
        let response = bob.send(Method::HEAD, path, None).await;
        assert_eq!(response.status, StatusCode::OK, "{path}");
        assert!(world.wire.take().is_empty(), "{path}");
    }
    bob.send(Method::HEAD, "/calls", None).await;
    assert_eq!(world.wire.take(), ["Query"]);
    bob.send(Method::HEAD, "/__heartbeat__", None).await;
    assert_eq!(world.wire.take(), ["PutItem"]);
    assert!(world.push.received().is_empty(), "nobody was rung");
    // `HEAD` renews a session as `GET` does.
    world.after(SESSION_LIFETIME.as_secs() / 2);
    let [get, head] = both(&mut bob, "/calls").await;
    assert_ne!(get.header("set-cookie"), "");
    assert_eq!(head.header("set-cookie"), get.header("set-cookie"));
    // A client without a session gets an error.
    let response = world.browser().send(Method::HEAD, "/calls", None).await;
    assert_eq!(response.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn head_is_listed_among_the_methods_of_a_path_that_has_get() {
    let world = World::new().await;
    let mut browser = world.browser();
    for (path, expected) in [
        ("/", "GET, HEAD"),
        ("/calls", "GET, HEAD"),
        ("/calls/AAAA", "GET, HEAD, POST"),
        ("/registration", "POST, DELETE"),
    ] {
        let response = browser.send(Method::PUT, path, None).await;
        assert_eq!(response.header("allow"), expected, "{path}");
    }
    let response = browser.send(Method::HEAD, "/registration", None).await;
    assert_eq!((response.status.as_u16(), response.header("allow")), (405, "POST, DELETE"));
}
