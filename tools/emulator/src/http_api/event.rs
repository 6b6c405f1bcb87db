//! Events as API Gateway writes them for an HTTP API (payload format 2.0):
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>.

use base64::{Engine, engine::general_purpose::STANDARD};
use lambda_http::http::{HeaderMap, header};
use loop_core::UnixMillis;
use loop_lambda::routes::{DEFAULT_FUNCTION, ROUTES};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

/// A request as an HTTP server has read it.
#[derive(Clone, Copy, Debug)]
pub struct HttpRequest<'a> {
    /// The method, such as `POST`.
    pub method: &'a str,
    /// The path as it came, with its escapes.
    pub path: &'a str,
    /// The query without its question mark; empty when there is none.
    pub query: &'a str,
    /// All headers, the cookies among them.
    pub headers: &'a HeaderMap,
    /// The whole body.
    pub body: &'a [u8],
}

/// The parts of an event that the gateway itself adds.
#[derive(Clone, Copy, Debug)]
pub struct Gateway<'a> {
    /// The account id, twelve digits.
    pub account_id: &'a str,
    /// The id of the API.
    pub api_id: &'a str,
    /// The host name by which the API is reached.
    pub domain_name: &'a str,
    /// The first label of the domain name.
    pub domain_prefix: &'a str,
    /// The client's address.
    pub source_ip: &'a str,
    /// The id of this one request.
    pub request_id: &'a str,
    /// The time when the request came.
    pub now: UnixMillis,
}

/// An event and the function that its route names.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The function's name, as in [`ROUTES`].
    pub function: &'static str,
    /// The event as Lambda hands it over.
    pub event: Value,
}

impl Arrival {
    /// Builds the event for `request`.
    pub fn new(request: HttpRequest<'_>, gateway: Gateway<'_>) -> Self {
        let path = decoded(request.path);
        let (function, route_key, path_parameters) = route(request.method, &path);
        let (headers, cookies) = headers_and_cookies(request.headers);
        let text = std::str::from_utf8(request.body).ok();
        let event = json!({
            "version": "2.0",
            "routeKey": route_key,
            "rawPath": path,
            "rawQueryString": request.query,
            "cookies": cookies,
            "headers": headers,
            "requestContext": {
                "accountId": gateway.account_id,
                "apiId": gateway.api_id,
                "domainName": gateway.domain_name,
                "domainPrefix": gateway.domain_prefix,
                "http": {
                    "method": request.method,
                    "path": path,
                    "protocol": "HTTP/1.1",
                    "sourceIp": gateway.source_ip,
                    "userAgent": headers.get("user-agent"),
                },
                "requestId": gateway.request_id,
                "routeKey": route_key,
                "stage": "$default",
                "timeEpoch": gateway.now.get(),
            },
            "pathParameters": path_parameters,
            "body": text.map_or_else(|| STANDARD.encode(request.body), str::to_owned),
            "isBase64Encoded": text.is_none(),
        });
        Self { function, event }
    }
}

/// Decodes a path as the gateway does: once, as a whole, so that `%2F` counts as a slash and `%25`
/// as a percent sign. Other text with a percent sign stays as it is. A path ends where a question
/// mark appears after decoding, as live gateways have been seen to do
/// (<https://github.com/middleapi/standard-server/pull/93>). Nothing is removed from the path:
/// neither doubled slashes nor dots.
fn decoded(path: &str) -> String {
    let path = percent_decode_str(path).decode_utf8_lossy();
    path.split('?').next().unwrap_or_default().to_owned()
}

/// Returns the function for a request, the key of its route, and the path parameters.
fn route(method: &str, path: &str) -> (&'static str, String, Map<String, Value>) {
    let of_method = ROUTES.iter().filter(|route| route.method == method);
    let mut matching = of_method.filter_map(|it| Some((it, it.parameters(path)?)));
    match matching.next() {
        Some((route, parameters)) => {
            let parameters = parameters.into_iter().map(|(name, it)| (name.to_owned(), it.into()));
            (route.function, format!("{method} {}", route.path), parameters.collect())
        }
        None => (DEFAULT_FUNCTION, "$default".to_owned(), Map::new()),
    }
}

/// Joins headers of the same name by commas, and returns cookies separately.
fn headers_and_cookies(headers: &HeaderMap) -> (Map<String, Value>, Vec<String>) {
    let mut joined: Map<String, Value> = Map::new();
    let mut cookies = Vec::new();
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        if name == header::COOKIE {
            cookies.extend(value.split(';').map(|cookie| cookie.trim().to_owned()));
            continue;
        }
        let value = match joined.get(name.as_str()).and_then(Value::as_str) {
            Some(present) => format!("{present},{value}"),
            None => value,
        };
        joined.insert(name.as_str().to_owned(), value.into());
    }
    (joined, cookies)
}
