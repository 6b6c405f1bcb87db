//! Responds with a page.

use lambda_http::http::{HeaderValue, header};
use loop_lambda::{Language, Request, Response};
use serde_json::Value;

use crate::template::Template;

/// Makes a response with a page under a policy; `values` go into the placeholders of the template.
pub fn page(
    request: &Request,
    language: Language,
    template: &Template,
    values: &[(&str, Value)],
    content_security_policy: &HeaderValue,
) -> Response {
    let mut response = template.respond(request, values);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.code()));
    headers.insert(header::CONTENT_SECURITY_POLICY, content_security_policy.clone());
    response
}
