//! What API Gateway does in front of the functions: HTTP requests become events, routes choose the
//! function, answers become HTTP responses.

use std::sync::Arc;

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use loop_core::{CallId, Clock};
use loop_lambda::routes::{DEFAULT_FUNCTION, ROUTES};
use percent_encoding::percent_decode_str;
use ring::rand::SystemRandom;
use serde_json::{Map, Value, json};

use crate::{functions::Functions, own_name::OwnName, refusal::refusal};

/// The largest request that API Gateway passes on:
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html>.
const BODY_MAX_BYTES: usize = 10 * 1024 * 1024;

/// A router that hands every request to its function. Links are made for `public_origin`.
pub fn router(functions: Functions, clock: Clock, public_origin: &str) -> Router {
    let own_name = OwnName::of_origin(public_origin);
    let gateway = Arc::new(Gateway { functions, own_name, clock, random: SystemRandom::new() });
    Router::new().fallback(forward).with_state(gateway)
}

struct Gateway {
    functions: Functions,
    own_name: Option<OwnName>,
    clock: Clock,
    random: SystemRandom,
}

async fn forward(State(gateway): State<Arc<Gateway>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let own_name = gateway.own_name.as_ref();
    let instead = own_name.and_then(|it| it.instead(&parts.method, &parts.uri, &parts.headers));
    if let Some(redirect) = instead {
        return redirect.into_response();
    }
    let Ok(body) = to_bytes(body, BODY_MAX_BYTES).await else {
        return refusal(StatusCode::PAYLOAD_TOO_LARGE);
    };
    let path = decoded(parts.uri.path());
    let (function, route_key, parameters) = route(parts.method.as_str(), &path);
    let event = gateway.event(&parts, &path, &body, &route_key, parameters);
    match gateway.functions.invoke(function, event).await {
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
                "timeEpoch": now.get(),
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
