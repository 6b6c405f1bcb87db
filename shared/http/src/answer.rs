//! Making answers.

use lambda_http::{
    Body,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
};
use serde::Serialize;
use serde_json::json;

use crate::{Error, Response, log};

/// Where nothing is to be loaded or framed: right for every answer that is not a page.
const NOTHING_TO_LOAD: &str = "default-src 'none'; frame-ancestors 'none'";

/// 200 with `value` as JSON.
pub fn json(value: &impl Serialize) -> Response {
    with_json(StatusCode::OK, value)
}

/// 204.
pub fn no_content() -> Response {
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

/// 302: what was meant is at `location`. Every client follows it, however old, and none remembers it,
/// as it may do with 301 and 308; no request with a body is answered with it, so 303 and 307 would
/// say no more.
pub fn found(location: HeaderValue) -> Response {
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = StatusCode::FOUND;
    response.headers_mut().insert(header::LOCATION, location);
    response
}

/// The JSON form of an error, with the headers that belong to it.
pub fn error(error: &Error, request_id: &str) -> Response {
    let status = error.status();
    let body = json!({
        "code": status.as_u16(),
        "errno": error.errno(),
        "error": status.canonical_reason().unwrap_or_default(),
        "message": error.to_string(),
        "request_id": request_id,
    });
    let mut response = with_json(status, &body);
    describe(&mut response, error);
    response
}

/// Adds to an answer what an error brings with it besides its text: `Retry-After`, `Allow`, and
/// the entries of the log line.
pub fn describe(response: &mut Response, error: &Error) {
    if let Some(seconds) = error.retry_after() {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    if let Error::MethodNotAllowed { allow } = error
        && let Ok(allow) = HeaderValue::from_str(allow)
    {
        response.headers_mut().insert(header::ALLOW, allow);
    }
    log::note(response, "errno", error.errno());
    if let Some(cause) = error.cause() {
        log::note(response, "cause", cause);
    }
}

/// Headers that every answer carries: nothing here may be cached, sniffed, framed or leaked
/// through `Referer`.
pub(crate) fn protect(headers: &mut HeaderMap, is_secure: bool) {
    let always = [
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ];
    for (name, value) in always {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if is_secure {
        insert_static(headers, header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        insert_static(headers, header::CONTENT_SECURITY_POLICY, NOTHING_TO_LOAD);
    }
}

fn insert_static(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.insert(name, HeaderValue::from_static(value));
}

fn with_json(status: StatusCode, value: &impl Serialize) -> Response {
    let body = serde_json::to_string(value).expect("answers are structs with text keys");
    let mut response = Response::new(Body::Text(body));
    *response.status_mut() = status;
    insert_static(response.headers_mut(), header::CONTENT_TYPE, "application/json");
    response
}
