//! The HTTP server of the HTTP API.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::StatusCode,
    response::Response,
};
use loop_core::{CallId, Clock};
use ring::rand::SystemRandom;

use super::event::{Arrival, Gateway, HttpRequest};
use crate::{gateway_error::gateway_error, http_handler::HttpHandler};

/// The largest request that API Gateway passes on:
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html>.
const BODY_MAX_BYTES: usize = 10 * 1024 * 1024;

/// The functions behind the HTTP API, by their names in the route table.
pub type HttpHandlers = BTreeMap<&'static str, HttpHandler>;

/// Returns a router that hands every request to its function.
pub fn router(functions: HttpHandlers, clock: Clock) -> Router {
    let api = Arc::new(HttpApi { functions, clock, random: SystemRandom::new() });
    Router::new().fallback(forward).with_state(api)
}

struct HttpApi {
    functions: HttpHandlers,
    clock: Clock,
    random: SystemRandom,
}

async fn forward(State(api): State<Arc<HttpApi>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_MAX_BYTES).await else {
        return gateway_error(StatusCode::PAYLOAD_TOO_LARGE);
    };
    let request_id = CallId::random(&api.random).map_or_else(|_| String::new(), String::from);
    let request = HttpRequest {
        method: parts.method.as_str(),
        path: parts.uri.path(),
        query: parts.uri.query().unwrap_or_default(),
        headers: &parts.headers,
        body: &body,
    };
    let gateway = Gateway {
        account_id: "000000000000",
        api_id: "local",
        domain_name: "localhost",
        domain_prefix: "local",
        source_ip: "127.0.0.1",
        request_id: &request_id,
        now: api.clock.now(),
    };
    let Arrival { function, event } = Arrival::new(request, gateway);
    let Some(function) = api.functions.get(function) else {
        return gateway_error(StatusCode::INTERNAL_SERVER_ERROR);
    };
    match function.invoke(&event).await {
        Some(response) => response.map(|body| Body::from(body.to_vec())),
        None => gateway_error(StatusCode::BAD_REQUEST),
    }
}
