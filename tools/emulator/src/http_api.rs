//! What API Gateway does in front of the functions: HTTP requests become events, routes choose the
//! function, answers become HTTP responses.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    response::Response,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use loop_core::{CallId, Clock};
use loop_lambda::routes::{DEFAULT_FUNCTION, ROUTES};
use percent_encoding::percent_decode_str;
use ring::rand::SystemRandom;
use serde_json::{Map, Value, json};

use crate::{http_handler::HttpHandler, refusal::refusal};

/// The largest request that API Gateway passes on:
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html>.
const BODY_MAX_BYTES: usize = 10 * 1024 * 1024;

/// The functions behind the HTTP API, by the names that [`ROUTES`] has for them.
pub type HttpHandlers = BTreeMap<&'static str, HttpHandler>;

/// Returns a router that hands every request to its function.
pub fn router(functions: HttpHandlers, clock: Clock) -> Router {
    let gateway = Arc::new(Gateway { functions, clock, random: SystemRandom::new() });
    Router::new().fallback(forward).with_state(gateway)
}

struct Gateway {
    functions: HttpHandlers,
    clock: Clock,
    random: SystemRandom,
}

async fn forward(State(gateway): State<Arc<Gateway>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_MAX_BYTES).await else {
        return refusal(StatusCode::PAYLOAD_TOO_LARGE);
    };
    let path = decoded(parts.uri.path());
    let (function, route_key, parameters) = route(parts.method.as_str(), &path);
    let event = gateway.event(&parts, &path, &body, &route_key, parameters);
    let Some(function) = gateway.functions.get(function) else {
        return refusal(StatusCode::INTERNAL_SERVER_ERROR);
    };
    match function.invoke(&event).await {
        Some(response) => from_function(response),
        None => refusal(StatusCode::BAD_REQUEST),
    }
}

/// A path as the gateway looks at it and hands it on: decoded once, as a whole, so that `%2F` is as
/// good as a slash and `%25` a percent sign. What is no escape stays as it is, and a path ends where
/// a question mark comes out, as live gateways have been seen to do
/// (<https://github.com/middleapi/standard-server/pull/93>). Nothing is removed from it: neither
/// doubled slashes nor dots.
fn decoded(path: &str) -> String {
    let path = percent_decode_str(path).decode_utf8_lossy();
    path.split('?').next().unwrap_or_default().to_owned()
}

/// The function for a request, the key of its route, and the path parameters.
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

impl Gateway {
    /// An event of payload format 2.0:
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>.
    fn event(
        &self,
        parts: &axum::http::request::Parts,
        path: &str,
        body: &[u8],
        route_key: &str,
        path_parameters: Map<String, Value>,
    ) -> Value {
        let now = self.clock.now();
        let request_id = CallId::random(&self.random).map_or_else(|_| String::new(), String::from);
        let (headers, cookies) = headers_and_cookies(&parts.headers);
        let text = std::str::from_utf8(body).ok();
        json!({
            "version": "2.0",
            "routeKey": route_key,
            "rawPath": path,
            "rawQueryString": parts.uri.query().unwrap_or_default(),
            "cookies": cookies,
            "headers": headers,
            "requestContext": {
                "accountId": "000000000000",
                "apiId": "local",
                "domainName": "localhost",
                "domainPrefix": "local",
                "http": {
                    "method": parts.method.as_str(),
                    "path": path,
                    "protocol": "HTTP/1.1",
                    "sourceIp": "127.0.0.1",
                    "userAgent": headers.get("user-agent"),
                },
                "requestId": request_id,
                "routeKey": route_key,
                "stage": "$default",
                "timeEpoch": now.0,
            },
            "pathParameters": path_parameters,
            "body": text.map_or_else(|| STANDARD.encode(body), str::to_owned),
            "isBase64Encoded": text.is_none(),
        })
    }
}

/// Headers of one name become one, joined by commas; cookies go apart.
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

fn from_function(response: loop_lambda::Response) -> Response {
    response.map(|body| Body::from(body.to_vec()))
}
