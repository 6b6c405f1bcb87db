//! The headers that every response carries, for every request and every outcome.

use std::collections::BTreeSet;

use loop_core::{Clock, Settings};
use loop_lambda::{
    Error, HttpEdge, HttpFunction, LogFormat, Logger, Request, Response, Site, routes::ROUTES,
};
use loop_testkit::Fault;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::world::{Browser, Log, Received, World};

const TLS: (&str, &str) = ("LOOP_PUBLIC_URL", "https://calls.example.org");
const NOTHING_TO_LOAD: &str = "default-src 'none'; frame-ancestors 'none'";
const PAGE: &str = "text/html";

#[tokio::test]
async fn no_answer_of_any_route_is_cached_sniffed_framed_or_told_of_elsewhere() {
    for is_secure in [false, true] {
        let settings = if is_secure { vec![TLS] } else { vec![] };
        let world = World::with(&settings).await;
        let mut responses = of_every_route(&world).await;
        responses.extend(of_every_limit(&world).await);
        let mut statuses = BTreeSet::new();
        let mut types = BTreeSet::new();
        for (asked, response) in &responses {
            statuses.insert(response.status.as_u16());
            types.insert(response.header("content-type"));
            expect_protected(asked, response, is_secure);
        }
        let expected = [200, 204, 400, 401, 404, 405, 406, 409, 410, 413, 415, 422, 429, 503];
        assert_eq!(statuses, BTreeSet::from(expected));
        let expected =
            ["", "application/json", "text/html; charset=utf-8", "text/javascript; charset=utf-8"];
        assert_eq!(types, BTreeSet::from(expected));
    }
}

#[track_caller]
fn expect_protected(asked: &str, response: &Received, is_secure: bool) {
    let hsts = if is_secure { "max-age=31536000" } else { "" };
    for (name, expected) in [
        ("cache-control", "no-store, no-transform"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("strict-transport-security", hsts),
    ] {
        assert_eq!(response.header(name), expected, "{asked}: {name}");
        let count = response.headers.get_all(name).iter().count();
        assert_eq!(count, usize::from(!expected.is_empty()), "{asked}: {name}");
    }
    let policies: Vec<_> = response.headers.get_all("content-security-policy").iter().collect();
    assert_eq!(policies.len(), 1, "{asked}: {policies:?}");
    let policy = response.header("content-security-policy");
    match response.header("content-type") {
        "" | "application/json" => assert_eq!(policy, NOTHING_TO_LOAD, "{asked}"),
        _ => {
            let directives: Vec<_> = policy.split("; ").collect();
            for part in ["default-src 'none'", "frame-ancestors 'none'"] {
                assert!(directives.contains(&part), "{asked}: {policy}");
            }
        }
    }
    let is_page = response.header("content-type").starts_with(PAGE);
    let opener = if is_page { "same-origin" } else { "" };
    assert_eq!(response.header("cross-origin-opener-policy"), opener, "{asked}");
    let has_type = !response.header("content-type").is_empty();
    assert!(response.text.is_empty() || has_type, "{asked}: nothing is left to be guessed");
    for telling in ["server", "x-powered-by", "etag", "last-modified", "expires", "location"] {
        assert_eq!(response.header(telling), "", "{asked}: {telling}");
    }
}

/// Sends requests to every route that are right or wrong in every way, while the table is there and
/// while it is away.
async fn of_every_route(world: &World) -> Vec<(String, Received)> {
    let mut bob = world.registered("/bob").await;
    let (good, _) = bob.link(600).await;
    let (gone, _) = bob.link(1).await;
    world.after(1);
    let mut responses = Vec::new();
    for fault in [None, Some(Fault::ServerError)] {
        world.wire.set_fault(fault);
        for path in ["/calls/AAAA", &gone, &good] {
            let token = path.strip_prefix("/calls/").unwrap();
            for route in ROUTES {
                let path = route.path.replace("{token}", token).replace("{proxy+}", "");
                responses.extend(asked_in_every_way(&mut bob, route.method, &path).await);
            }
        }
    }
    world.wire.set_fault(None);
    for path in ["/nothing", "/calls/a/b", "//", "/calls/%00"] {
        for method in ["GET", "POST", "OPTIONS", "BREW"] {
            responses.extend(asked_in_every_way(&mut bob, method, path).await);
        }
    }
    responses
}

async fn asked_in_every_way(
    bob: &mut Browser,
    method: &str,
    path: &str,
) -> Vec<(String, Received)> {
    let json = |body: &str| Some((Some("application/json"), body.to_owned().into_bytes()));
    let large = format!("{{\"remote_id\": \"{}\"}}", "a".repeat(16 * 1024));
    let wish = json!({ "remote_id": "alice", "valid_duration": 60 }).to_string();
    let mut responses = Vec::new();
    for accept in ["application/json", PAGE, "image/png"] {
        bob.headers = vec![("accept", accept.to_owned())];
        for method in [method, "OPTIONS", "HEAD", "PUT"] {
            for body in [
                None,
                json(&wish),
                json("{"),
                json(&large),
                Some((Some("text/plain"), b"{}".to_vec())),
            ] {
                if method != "POST" && method != "DELETE" && body.is_some() {
                    continue;
                }
                let asked = format!("{method} {path} {accept} {body:?}");
                let response = bob.send(method.parse().unwrap(), path, body).await;
                responses.push((asked, response));
            }
        }
    }
    bob.headers.clear();
    let session = bob.cookie.take();
    responses.push((
        format!("{method} {path} of nobody"),
        bob.send(method.parse().unwrap(), path, None).await,
    ));
    bob.cookie = session;
    responses
}

/// Sends requests that get 204, 409, 422 and 429.
async fn of_every_limit(world: &World) -> Vec<(String, Received)> {
    let mut responses = Vec::new();
    let mut bob = world.registered("/other").await;
    let (path, made) = bob.link(600).await;
    let mut alice =
        world.browser().header("idempotency-key", "8e03978e-40d5-43dd-bc93-6894a57f9324");
    for call_type in ["audio", "audio-video"] {
        responses
            .push(("repeat".into(), alice.post(&path, json!({ "call_type": call_type })).await));
    }
    for _ in 0..12 {
        responses.push(("many".into(), world.browser().call(&path).await));
    }
    let device = json!({ "simple_push_url": world.push.url("/other") });
    responses.push(("unregister".into(), bob.delete_with("/registration", device).await));
    let (lonely, _) = bob.link(600).await;
    responses.push(("no device".into(), world.browser().call(&lonely).await));
    let revocation = format!("/call-url/{}", made["call_token"].as_str().unwrap());
    responses.push(("revoke".into(), bob.delete(&revocation).await));
    responses
}

/// A function that fails in the way that the path of its request says.
struct Broken;

impl HttpFunction for Broken {
    fn from_settings(_: &mut Settings<'_>, _: Option<&Site>, _: &Clock) -> Option<Self> {
        Some(Self)
    }

    async fn respond(&self, request: &Request) -> Result<Response, Error> {
        match request.uri().path() {
            "/panic" => panic!("as told"),
            _ => Err(Error::Internal { cause: "as told".into() }),
        }
    }
}

#[tokio::test]
async fn a_fault_of_ours_is_protected_like_any_other_answer_and_tells_nothing() {
    let log = Log::default();
    let mut settings = Settings::new(|name| (name == TLS.0).then(|| TLS.1.to_owned()));
    let logger = Logger::new(LogFormat::Json, log.clone());
    let function = HttpEdge::<Broken>::from_settings(&mut settings, &Clock::system(), logger);
    let function = settings.finish(function).unwrap();
    for path in ["/panic", "/error"] {
        let mut request = Request::new(lambda_http::Body::Empty);
        *request.uri_mut() = path.parse().unwrap();
        let response = function.respond(request).await;
        let text = std::str::from_utf8(response.body()).unwrap().to_owned();
        let response =
            Received { status: response.status(), headers: response.headers().clone(), text };
        let error = response.json();
        assert_eq!((response.status.as_u16(), &error["errno"]), (500, &json!(999)), "{error}");
        assert!(!response.text.contains("as told"), "{}", response.text);
        expect_protected(path, &response, true);
    }
}

#[tokio::test]
async fn a_fault_of_ours_is_a_page_for_a_person() {
    let mut settings = Settings::new(|name| (name == TLS.0).then(|| TLS.1.to_owned()));
    let logger = Logger::new(LogFormat::Json, Log::default());
    let function = HttpEdge::<Broken>::from_settings(&mut settings, &Clock::system(), logger);
    let function = settings.finish(function).unwrap();
    for path in ["/panic", "/error"] {
        let mut request = Request::new(lambda_http::Body::Empty);
        *request.uri_mut() = path.parse().unwrap();
        let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        request.headers_mut().insert("accept", browser.parse().unwrap());
        let response = function.respond(request).await;
        let text = std::str::from_utf8(response.body()).unwrap().to_owned();
        let response =
            Received { status: response.status(), headers: response.headers().clone(), text };
        assert_eq!(response.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(response.text.contains("<h1>That did not work</h1>"), "{}", response.text);
        assert!(!response.text.contains("as told"), "{}", response.text);
        expect_protected(path, &response, true);
    }
}

/// The policies of the two pages allow exactly this.
#[tokio::test]
async fn the_pages_may_do_what_they_need_and_no_more() {
    let world = World::new().await;
    let mut bob = world.registered("/bob").await;
    let (path, _) = bob.link(600).await;
    let channel = world.server.url().replace("http://", "ws://");
    for (path, worker, trusted_types) in
        [("/", "'self'", "loop"), (path.as_str(), "'none'", "'none'")]
    {
        let page = bob.page(path).await;
        assert_eq!(page.status, StatusCode::OK);
        let policy = page.header("content-security-policy");
        let hash = |directive: &str| {
            let source = policy.split("; ").find_map(|it| it.strip_prefix(directive)).unwrap();
            assert!(source.starts_with(" 'sha256-") && source.ends_with("='"), "{source}");
            assert_eq!(source.split(' ').count(), 2, "one hash: {source}");
            format!("{directive}{source}")
        };
        let expected = [
            "default-src 'none'".to_owned(),
            hash("script-src"),
            hash("style-src"),
            format!("connect-src 'self' {channel}"),
            "img-src data:".to_owned(),
            format!("worker-src {worker}"),
            "base-uri 'none'".to_owned(),
            "form-action 'none'".to_owned(),
            "frame-ancestors 'none'".to_owned(),
            "require-trusted-types-for 'script'".to_owned(),
            format!("trusted-types {trusted_types}"),
        ];
        assert_eq!(policy, expected.join("; "));
        let scripts = page.text.matches("<script").count();
        assert_eq!(scripts, 2, "data, and the one script that the hash is of");
        for handler in [" onclick=", " onload=", " onerror=", " style=", "javascript:", "eval("] {
            assert!(!page.text.contains(handler), "{handler}");
        }
    }
}

/// The worker is a script with a policy of its own, and reads only from its own origin.
#[tokio::test]
async fn the_worker_loads_nothing_and_talks_to_nobody_else() {
    let world = World::new().await;
    let worker = world.browser().send(Method::GET, "/service-worker.js", None).await;
    let channel = world.server.url().replace("http://", "ws://");
    let policy =
        format!("default-src 'none'; connect-src 'self' {channel}; frame-ancestors 'none'");
    assert_eq!(worker.header("content-security-policy"), policy);
    assert_eq!(worker.header("service-worker-allowed"), "");
    for foreign in ["importScripts", "eval(", "http://", "https://", "Function("] {
        assert!(!worker.text.contains(foreign), "{foreign}");
    }
}
