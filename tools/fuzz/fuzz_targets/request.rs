//! Requests, from the event of the gateway to the response, through the functions without I/O.

#![no_main]

use std::{io, sync::LazyLock};

use emulator::http_api::event::Arrival;
use lambda_http::http::{HeaderMap, Method, header};
use libfuzzer_sys::{Corpus, fuzz_target};
use loop_fuzz::{
    functions::{MakeLink, OpenLink, Service},
    gateway,
    world::{ALLOWED_ORIGIN, built, clock},
};
use loop_lambda::{
    HttpEdge, HttpFunction, LogFormat, Logger, Response, event, routes::DEFAULT_FUNCTION,
};
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};

/// The statuses and numbers of errors in `docs/errors.md`, without those of I/O and our own faults.
const ERRORS: [(u16, u64); 11] = [
    (400, 106),
    (400, 107),
    (400, 108),
    (401, 110),
    (404, 105),
    (404, 404),
    (405, 405),
    (406, 114),
    (410, 111),
    (413, 113),
    (415, 114),
];

struct World {
    open_link: HttpEdge<OpenLink>,
    make_link: HttpEdge<MakeLink>,
    service: HttpEdge<Service>,
    runtime: Runtime,
}

static WORLD: LazyLock<World> = LazyLock::new(|| World {
    open_link: function(),
    make_link: function(),
    service: function(),
    runtime: Builder::new_current_thread().build().expect("a runtime without I/O"),
});

fuzz_target!(|data: &[u8]| -> Corpus {
    let Some(Arrival { function, event: arrived }) = gateway::read(data) else {
        return Corpus::Reject;
    };
    let Some(request) = event::read(&arrived.to_string()) else { return Corpus::Reject };
    let world = &*WORLD;
    let method = request.method().clone();
    let (response, statuses): (_, &[u16]) = match arrived["routeKey"].as_str().unwrap_or_default() {
        "GET /calls/{token}" | "HEAD /calls/{token}" => {
            (world.runtime.block_on(world.open_link.respond(request)), &[200, 302, 404, 406, 410])
        }
        "POST /call-url" => (
            world.runtime.block_on(world.make_link.respond(request)),
            &[200, 400, 401, 406, 413, 415],
        ),
        _ if function == DEFAULT_FUNCTION => {
            (world.runtime.block_on(world.service.respond(request)), &[200, 204, 404, 405, 406])
        }
        _ => return Corpus::Reject,
    };
    let status = response.status();
    assert!(statuses.contains(&status.as_u16()), "{function} answers {status}");
    check_headers(response.headers());
    if status.is_client_error() {
        check_error(&method, &response);
    }
    Corpus::Keep
});

fn function<E: HttpFunction>() -> HttpEdge<E> {
    let logger = Logger::new(LogFormat::Json, io::sink());
    built(|settings| HttpEdge::from_settings(settings, &clock(), logger))
}

/// Checks the headers that every response carries, and that no site outside the list may read it.
fn check_headers(headers: &HeaderMap) {
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store, no-transform"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::STRICT_TRANSPORT_SECURITY, "max-age=31536000"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ] {
        assert_eq!(headers[&name], value, "{name}");
    }
    let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().expect("ASCII");
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    let readers = headers.get_all(header::ACCESS_CONTROL_ALLOW_ORIGIN);
    assert!(readers.iter().all(|origin| origin == ALLOWED_ORIGIN));
}

/// Checks that an error is JSON as documented, or a page for a person who has opened an address.
fn check_error(method: &Method, response: &Response) {
    let status = response.status();
    if response.headers()[header::CONTENT_TYPE] == "text/html; charset=utf-8" {
        assert!(matches!(*method, Method::GET | Method::HEAD), "{method}");
        return;
    }
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
    let error: Value = serde_json::from_slice(response.body()).expect("an error is JSON");
    assert_eq!(error["code"], status.as_u16());
    let errno = error["errno"].as_u64().expect("a number");
    assert!(ERRORS.contains(&(status.as_u16(), errno)), "{error}");
    let message = error["message"].as_str().expect("a text");
    assert!(!message.is_empty() && !message.contains(char::is_control), "{message:?}");
}
