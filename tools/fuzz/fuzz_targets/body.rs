//! Request bodies, read as every endpoint that takes one reads them.

#![no_main]

use std::{sync::LazyLock, time::Duration};

use lambda_http::{Body, http::header};
use libfuzzer_sys::fuzz_target;
use loop_core::{
    CallToken, CallType, Keys, Session, UserId, VerifiedCallUrl,
    limits::{BODY_MAX_BYTES, CALL_URL_LIFETIME_MAX},
};
use loop_fuzz::{
    functions::MakeLink,
    world::{NOW, built, clock},
};
use loop_lambda::{Error, Fields, HttpFunction, Request, Response, Site, field};
use loop_push::PushPolicy;
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};

struct World {
    keys: Keys<CallToken>,
    make_link: MakeLink,
    policy: PushPolicy,
    cookie: String,
    runtime: Runtime,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let session = Session::begin(UserId::from_bytes([7; 16]), NOW.seconds());
    World {
        make_link: built(|settings| {
            let site = Site::from_settings(settings);
            MakeLink::from_settings(settings, site.as_ref(), &clock())
        }),
        policy: PushPolicy::default(),
        cookie: format!(
            "__Host-loop_session={}",
            session.sign(&built(Keys::from_settings)).as_str()
        ),
        keys: built(Keys::from_settings),
        runtime: Builder::new_current_thread().build().expect("a runtime without I/O"),
    }
});

fuzz_target!(|body: &[u8]| {
    let world = &*WORLD;
    let request = request(body, Some("application/json; charset=utf-8"), world);
    make_link(&request, body, world);
    registration(&request, world);
    call(&request, body);
    other_types(body, world);
});

fn request(body: &[u8], content_type: Option<&str>, world: &World) -> Request {
    let mut request = Request::new(match std::str::from_utf8(body) {
        Ok(text) => Body::Text(text.to_owned()),
        Err(_) => Body::Binary(body.to_vec()),
    });
    let headers = request.headers_mut();
    headers.insert(header::COOKIE, world.cookie.parse().expect("ASCII"));
    if let Some(content_type) = content_type {
        headers.insert(header::CONTENT_TYPE, content_type.parse().expect("ASCII"));
    }
    request
}

/// Checks that a link says what the request for it asked for.
fn make_link(request: &Request, body: &[u8], world: &World) {
    let Some(response) = ok(world.runtime.block_on(world.make_link.respond(request))) else {
        return;
    };
    let asked = read(body);
    let made = json(&response);
    let token = made["call_token"].as_str().expect("a text");
    let verified = VerifiedCallUrl::verify(&world.keys, token, NOW.seconds());
    let claims = verified.as_ref().expect("it is ours").claims();
    // The claims lack the characters at the ends that cannot be seen.
    let is_part = |of: &Value, text| of.as_str().is_some_and(|of| of.contains(text));
    assert!(is_part(&asked["remote_id"], claims.remote_id.as_str()));
    match &claims.callee_name {
        Some(name) => assert!(is_part(&asked["callee_name"], name.as_str())),
        None => assert!(asked["callee_name"].is_null()),
    }
    let lifetime = claims.expires_at.since(NOW.seconds());
    assert_eq!(asked["valid_duration"].as_f64(), Some(lifetime.as_secs_f64()));
    assert!((Duration::from_secs(1)..=CALL_URL_LIFETIME_MAX).contains(&lifetime));
    assert_eq!(made["expires_at"], claims.expires_at.get());
}

/// Reads a body with another reader of JSON, which knows no byte order mark.
fn read(body: &[u8]) -> Value {
    let text = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
    serde_json::from_slice(text).expect("it was read")
}

/// Checks that a registration can be removed by the same body.
fn registration(request: &Request, world: &World) {
    let to_register = |fields| loop_registration::to_register(fields, &world.policy);
    let registered = ok(Fields::of_body(request).and_then(to_register));
    let removed = ok(Fields::of_body(request).and_then(loop_registration::to_unregister));
    if let Some(registered) = registered {
        assert_eq!(removed, Some(registered.device_id()));
    }
}

/// Checks the body as the function that places calls reads it, which cannot run without its I/O.
fn call(request: &Request, body: &[u8]) {
    let wanted = Fields::of_body(request).and_then(|mut fields| {
        let call_type =
            fields.optional("call_type", field::text(|text| CallType::try_from(text.as_str())));
        fields.finish(call_type)
    });
    if let Some(Some(call_type)) = ok(wanted) {
        let asked = read(body);
        assert_eq!(serde_json::to_value(call_type).ok().as_ref(), asked.get("call_type"));
    }
}

/// Checks that a body whose type is not JSON is not read, regardless of its content.
fn other_types(body: &[u8], world: &World) {
    for content_type in [None, Some("text/plain"), Some("application/json+x")] {
        let refused = Fields::of_body(&request(body, content_type, world)).err();
        assert_eq!(
            refused,
            match body.len() {
                0 => None,
                1..=BODY_MAX_BYTES => Some(Error::UnsupportedMediaType),
                _ => Some(Error::BodyTooLarge),
            }
        );
    }
}

/// Returns the value, or `None` after an error that a body may cause.
fn ok<T>(result: Result<T, Error>) -> Option<T> {
    let error = match result {
        Ok(value) => return Some(value),
        Err(error) => error,
    };
    assert!(matches!(error.status().as_u16(), 400 | 413), "{error:?}");
    let message = error.to_string();
    assert!(!message.is_empty() && !message.contains(char::is_control), "{message:?}");
    None
}

fn json(response: &Response) -> Value {
    serde_json::from_slice(response.body()).expect("answers are JSON")
}
