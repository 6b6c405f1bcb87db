//! Reads the events of an HTTP API and writes its responses (payload format 2.0).
//!
//! `lambda_http` does both. But some requests that the gateway lets through are not valid for
//! `http::Request`, and `lambda_http` then panics, or refuses the whole request because of one
//! strange header.

mod response;

use std::collections::{BTreeMap, HashMap};

use base64::{Engine, engine::general_purpose::STANDARD};
use lambda_http::{
    Body, RequestExt,
    aws_lambda_events::{apigw::ApiGatewayV2httpRequestContext, query_map::QueryMap},
    http::{HeaderMap, HeaderName, HeaderValue, Uri, header},
    request::RequestContext,
};
use serde::Deserialize;

use super::request::Request;

pub(crate) use response::of_response;

/// Reads an event. Returns `None` when it is of another kind, or when it cannot become a request.
pub fn read(event: &str) -> Option<Request> {
    let event: Event = serde_json::from_str(event).ok()?;
    let path = absolute(escape(&event.raw_path));
    let query = escape(&event.raw_query_string.unwrap_or_default());
    let mut request = Request::new(body(event.body, event.is_base64_encoded));
    *request.method_mut() = event.request_context.http.method.clone();
    *request.uri_mut() = uri(&path, &query)?;
    *request.headers_mut() = headers(event.headers, event.cookies)?;
    let request = request
        .with_raw_http_path(path)
        .with_query_string_parameters(query.parse().unwrap_or_else(|_| QueryMap::default()))
        .with_path_parameters(event.path_parameters.unwrap_or_default())
        .with_request_context(RequestContext::ApiGatewayV2(event.request_context));
    Some(request)
}

/// The parts of an event that the service looks at.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    raw_path: String,
    raw_query_string: Option<String>,
    cookies: Option<Vec<String>>,
    headers: Option<BTreeMap<String, String>>,
    path_parameters: Option<HashMap<String, String>>,
    request_context: ApiGatewayV2httpRequestContext,
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

/// Puts a slash before a path that has none, as in `OPTIONS *`. Without it the path would be read
/// as a host.
fn absolute(path: String) -> String {
    if path.starts_with('/') { path } else { format!("/{path}") }
}

/// Builds the URI. Returns `None` if it is longer than a URI may be.
fn uri(path: &str, query: &str) -> Option<Uri> {
    let separator = if query.is_empty() { "" } else { "?" };
    format!("{path}{separator}{query}").parse().ok()
}

/// Collects the headers. Returns `None` if there are more than a request can have, which no gateway
/// lets through.
fn headers(
    named: Option<BTreeMap<String, String>>,
    cookies: Option<Vec<String>>,
) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for (name, value) in named.into_iter().flatten() {
        let name = HeaderName::from_bytes(name.as_bytes());
        // A value with control characters is left out: it is an attack on other software, since
        // none of the headers that the service reads has any.
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value.as_bytes())) {
            headers.try_append(name, value).ok()?;
        }
    }
    if let Some(cookies) = cookies {
        headers.try_insert(header::COOKIE, cookie_header(cookies)).ok()?;
    }
    Some(headers)
}

/// Joins the cookies into one header, without those that are not ASCII: a header with one of them
/// could not be read, so any other page of the same site could end the user's session by setting
/// such a cookie.
fn cookie_header(mut cookies: Vec<String>) -> HeaderValue {
    cookies.retain(|cookie| cookie.bytes().all(|byte| matches!(byte, b' '..=b'~')));
    HeaderValue::try_from(cookies.join("; ")).expect("visible ASCII is a header's value")
}

/// Reads the body. A body that is falsely marked as base64 becomes a text that is not JSON either.
fn body(text: Option<String>, is_base64: bool) -> Body {
    match text {
        None => Body::Empty,
        Some(text) if is_base64 => {
            STANDARD.decode(text).map_or_else(|_| Body::Text("not base64".to_owned()), Body::Binary)
        }
        Some(text) => Body::Text(text),
    }
}

/// Percent-encodes the characters that a URI must not contain (RFC 3986, section 2): the gateway
/// has decoded the path, and accepts any query.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_graphic() && !b"\"<>\\^`{|}#".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn event(changes: &Value) -> String {
        let mut event = json!({
            "version": "2.0", "routeKey": "$default", "rawPath": "/", "rawQueryString": "",
            "headers": {}, "isBase64Encoded": false,
            "requestContext": {
                "http": {"method": "GET", "path": "/"}, "stage": "$default", "timeEpoch": 0,
            },
        });
        event.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        event.to_string()
    }

    fn request(changes: Value) -> Request {
        read(&event(&changes)).unwrap()
    }

    #[test]
    fn a_request_is_what_the_event_says() {
        let request = request(json!({
            "rawPath": "/calls/t", "rawQueryString": "a=1&b=%C3%A9&a=2", "cookies": ["a=1", "b=2"],
            "headers": { "accept": "text/html", "host": "loop.example.org" },
            "pathParameters": { "token": "t" }, "body": "{}",
            "requestContext": { "http": { "method": "DELETE" }, "requestId": "1" },
        }));
        assert_eq!(request.method(), "DELETE");
        assert_eq!(*request.uri(), "/calls/t?a=1&b=%C3%A9&a=2");
        assert_eq!(request.raw_http_path(), "/calls/t");
        assert_eq!(request.headers()["accept"], "text/html");
        assert_eq!(request.headers()["cookie"], "a=1; b=2");
        assert_eq!(request.path_parameters().first("token"), Some("t"));
        assert_eq!(request.query_string_parameters().first("b"), Some("é"));
        assert_eq!(request.query_string_parameters().all("a"), Some(vec!["1", "2"]));
        assert_eq!(request.body(), &Body::Text("{}".to_owned()));
        assert_eq!(crate::http::request::request_id(&request), "1");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(50))]

        /// An endpoint reads exactly the values that a client sends and the gateway passes on.
        #[test]
        fn what_is_sent_is_what_is_read(
            token: String,
            query: Vec<(String, String)>,
            text: String,
            bytes: Vec<u8>,
        ) {
            let mut encoded = url::form_urlencoded::Serializer::new(String::new());
            encoded.extend_pairs(&query);
            let sent = request(json!({
                "rawPath": format!("/calls/{token}"), "rawQueryString": encoded.finish(),
                "pathParameters": { "token": token }, "body": text,
            }));
            let path = format!("/calls/{}", escape(&token));
            prop_assert_eq!(sent.raw_http_path(), path);
            prop_assert_eq!(crate::path_parameter(&sent, "token"), token);
            prop_assert_eq!(sent.body(), &Body::Text(text));
            let parameters = sent.query_string_parameters();
            for (name, _) in &query {
                let values = query.iter().filter(|(other, _)| other == name);
                let values: Vec<_> = values.map(|(_, value)| value.as_str()).collect();
                prop_assert_eq!(parameters.all(name), Some(values));
            }
            let body = STANDARD.encode(&bytes);
            let sent = request(json!({ "body": body, "isBase64Encoded": true }));
            prop_assert_eq!(sent.body(), &Body::Binary(bytes));
        }
    }

    #[test]
    fn one_strange_cookie_does_not_cost_the_others() {
        let request = request(json!({ "cookies": ["name=Zoë", "a=1", "b=\n", "c=2"] }));
        assert_eq!(request.headers()["cookie"], "a=1; c=2");
    }

    #[test]
    fn one_strange_header_does_not_cost_the_request() {
        let headers = json!({ "x-user": "Zoë", "x-line": "a\r\nb: c", "": "a", "a b": "c" });
        let request = request(json!({ "headers": headers }));
        assert_eq!(request.headers().len(), 1);
        assert_eq!(request.headers()["x-user"].as_bytes(), "Zoë".as_bytes());
    }

    #[test]
    fn paths_and_queries_that_are_no_uris_are_escaped() {
        let strange =
            request(json!({ "rawPath": "/calls/a b\u{0}é\"<", "rawQueryString": "v=<\" {" }));
        assert_eq!(strange.raw_http_path(), "/calls/a%20b%00%C3%A9%22%3C");
        assert_eq!(strange.query_string_parameters().first("v"), Some("<\" {"));
        let usual =
            request(json!({ "rawPath": "/calls/a-b_c", "rawQueryString": "version=7&x=%20" }));
        assert_eq!(usual.uri().path_and_query().unwrap(), "/calls/a-b_c?version=7&x=%20");
    }

    #[test]
    fn a_path_is_never_taken_for_a_host() {
        for (path, expected) in [
            ("*", "/*"),
            (":x/calls", "/:x/calls"),
            ("@a.example", "/@a.example"),
            ("//a.example/b", "//a.example/b"),
            ("", "/"),
        ] {
            let request = request(json!({ "rawPath": path }));
            assert_eq!(request.raw_http_path(), expected);
            assert_eq!((request.uri().path(), request.uri().host()), (expected, None));
        }
    }

    #[test]
    fn a_host_that_is_none_plays_no_part() {
        for (name, value) in [("host", "a b%"), ("x-forwarded-proto", "https, http"), ("host", "")]
        {
            assert_eq!(*request(json!({ "headers": { name: value } })).uri(), "/");
        }
        let context = json!({ "http": { "method": "GET" }, "domainName": "a b%" });
        assert_eq!(*request(json!({ "requestContext": context })).uri(), "/");
    }

    #[test]
    fn a_body_that_is_no_base64_is_not_json() {
        let broken = request(json!({ "isBase64Encoded": true, "body": "{}" }));
        assert_eq!(broken.body(), &Body::Text("not base64".to_owned()));
        let whole = request(json!({ "isBase64Encoded": true, "body": "e30=" }));
        assert_eq!(whole.body(), &Body::Binary(b"{}".to_vec()));
    }

    #[test]
    fn what_no_gateway_lets_through_is_no_request() {
        let headers: Value = (0..40_000).map(|n| (format!("x-{n}"), json!(""))).collect();
        for changes in [
            json!({ "headers": headers }),
            json!({ "rawPath": format!("/{}", "a".repeat(70_000)) }),
            json!({ "requestContext": { "http": { "method": "GET /" } } }),
            json!({ "requestContext": {} }),
            json!({ "requestContext": null }),
        ] {
            assert!(read(&event(&changes)).is_none());
        }
        for text in ["", "{", "{}", "null", "[]", r#""\ud800""#] {
            assert!(read(text).is_none(), "{text}");
        }
    }
}
