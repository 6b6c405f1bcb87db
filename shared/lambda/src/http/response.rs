//! Makes responses.

use lambda_http::{
    Body,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
};
use loop_core::LogFields;
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    accept::{self, HTML, JSON},
    error::Error,
    error_page,
    request::{Request, Response, request_id},
};

/// The policy of every response that is not a page: it may load nothing, and no page may frame it.
const NOTHING_TO_LOAD: &str = "default-src 'none'; frame-ancestors 'none'";
/// The name of a header that the HTML standard defines in section 7.1.3.
const CROSS_ORIGIN_OPENER_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-opener-policy");

/// Makes a response with status 200 and `value` as JSON.
pub fn json(value: &impl Serialize) -> Response {
    with_json(StatusCode::OK, value)
}

/// Makes a response with status 204.
pub fn no_content() -> Response {
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

/// Makes a response with status 302 that redirects to `location`. Every client follows it, however
/// old, and none caches it, as it may cache a 301 or a 308. Only requests without a body get it, so
/// 303 and 307 would have no advantage.
pub fn found(location: HeaderValue) -> Response {
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = StatusCode::FOUND;
    response.headers_mut().insert(header::LOCATION, location);
    response
}

/// Makes the response to an error, with the headers that belong to it: a page for a person who has
/// opened an address in a browser, JSON for all other clients.
pub(crate) fn error(request: &Request, error: &Error) -> Response {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let mut response = if is_read && accept::json_or_html(request, JSON) == Ok(HTML) {
        error_page::page(request, error)
    } else {
        json_error(error, request_id(request))
    };
    if is_read {
        let vary = HeaderValue::from_static("Accept, Accept-Language");
        response.headers_mut().append(header::VARY, vary);
    }
    describe(&mut response, error);
    response
}

fn json_error(error: &Error, request_id: &str) -> Response {
    let status = error.status();
    let body = json!({
        "code": status.as_u16(),
        "errno": error.errno(),
        "error": status.canonical_reason().unwrap_or_default(),
        "message": error.to_string(),
        "request_id": request_id,
    });
    with_json(status, &body)
}

/// Adds the parts of an error besides its text to a response: `Retry-After`, `Allow`, and the
/// entries of the log line.
pub fn describe(response: &mut Response, error: &Error) {
    if let Some(retry_after) = error.retry_after() {
        response.headers_mut().insert(header::RETRY_AFTER, retry_after.as_secs().into());
    }
    if let Error::MethodNotAllowed { allow } = error
        && let Ok(allow) = HeaderValue::from_str(allow)
    {
        response.headers_mut().insert(header::ALLOW, allow);
    }
    log_field(response, "errno", error.errno());
    if let Some(cause) = error.cause() {
        log_field(response, "cause", cause);
    }
}

/// Adds `name: value` to the log line of the request that this is the response to. The value must
/// be one that every operator may see: a count, an outcome, an error code.
pub fn log_field(response: &mut Response, name: &str, value: impl Into<Value>) {
    response.extensions_mut().get_or_insert_default::<LogFields>().add(name, value);
}

/// Sets the headers that every response carries. They forbid caching, sniffing, framing, leaks
/// through `Referer`, and changes on the way, which would break the hashes in the policy of a page.
/// They also keep a window that has opened a page from controlling it.
pub(crate) fn protect(headers: &mut HeaderMap, is_secure: bool) {
    let always = [
        (header::CACHE_CONTROL, "no-store, no-transform"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ];
    for (name, value) in always {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if is_page(headers) {
        insert_static(headers, CROSS_ORIGIN_OPENER_POLICY, "same-origin");
    }
    if is_secure {
        insert_static(headers, header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        insert_static(headers, header::CONTENT_SECURITY_POLICY, NOTHING_TO_LOAD);
    }
}

fn is_page(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE);
    content_type.is_some_and(|it| it.as_bytes().starts_with(HTML.as_bytes()))
}

fn insert_static(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.insert(name, HeaderValue::from_static(value));
}

fn with_json(status: StatusCode, value: &impl Serialize) -> Response {
    let body = serde_json::to_string(value).expect("responses are structs with text keys");
    let mut response = Response::new(Body::Text(body));
    *response.status_mut() = status;
    insert_static(response.headers_mut(), header::CONTENT_TYPE, "application/json");
    response
}
