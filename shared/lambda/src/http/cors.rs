//! Cross-origin requests (the Fetch standard, section 3.3), which only listed origins may make.

use std::time::Duration;

use lambda_http::http::{HeaderValue, header};

use super::{
    request::{Request, Response},
    response,
    site::Site,
};

/// The time for which a browser may remember the response to a preflight.
const PREFLIGHT_MAX_AGE: Duration = Duration::from_mins(10);

/// Lets the page that made the request read the response, if its origin is on the list.
pub(crate) fn allow(site: &Site, request: &Request, response: &mut Response) {
    if !site.has_allowed_origins() {
        return;
    }
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    if let Some(origin) = allowed_origin(site, request) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        headers
            .insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("Retry-After"));
    }
}

/// Responds to a browser that asks whether it may send a request with one of `methods`. A site
/// that is not on the list gets a response without permissions.
pub fn preflight(site: &Site, request: &Request, methods: &str) -> Response {
    let mut response = response::no_content();
    if allowed_origin(site, request).is_some()
        && let Ok(methods) = HeaderValue::from_str(methods)
    {
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
        let allowed = HeaderValue::from_static("content-type, idempotency-key");
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, allowed);
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, PREFLIGHT_MAX_AGE.as_secs().into());
    }
    response
}

fn allowed_origin<'a>(site: &Site, request: &'a Request) -> Option<&'a HeaderValue> {
    let origin = request.headers().get(header::ORIGIN)?;
    origin.to_str().is_ok_and(|origin| site.allows(origin)).then_some(origin)
}
