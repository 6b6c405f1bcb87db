//! What functions send to and close connections with:
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html>.

use axum::{
    Json, Router,
    body::{Body, Bytes, to_bytes},
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::post,
};
use jiff::Timestamp;
use loop_core::UnixMillis;
use serde_json::{Value, json};

use super::{ChannelGateway, MESSAGE_MAX_BYTES, connections::Connection, socket};
use crate::signature;

/// Why a request was refused, in the words that the SDK reads.
enum Refusal {
    Forbidden,
    Gone,
    PayloadTooLarge,
    NotText,
}

pub(super) fn routes(gateway: ChannelGateway) -> Router {
    let connection = || post(send).delete(close).get(describe);
    Router::new()
        .route("/@connections/{id}", connection())
        .route("/{stage}/@connections/{id}", connection())
        .with_state(gateway)
}

async fn send(
    State(gateway): State<ChannelGateway>,
    Path(path): Path<Vec<(String, String)>>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Refusal> {
    let connection = find(&gateway, &path, &headers)?;
    let body: Bytes =
        to_bytes(body, MESSAGE_MAX_BYTES).await.map_err(|_| Refusal::PayloadTooLarge)?;
    let text = body.try_into().map_err(|_| Refusal::NotText)?;
    connection.send(text).await.ok_or(Refusal::Gone)?;
    connection.touch(gateway.0.clock.now());
    Ok(StatusCode::OK)
}

async fn close(
    State(gateway): State<ChannelGateway>,
    Path(path): Path<Vec<(String, String)>>,
    headers: HeaderMap,
) -> Result<StatusCode, Refusal> {
    let connection = find(&gateway, &path, &headers)?;
    connection.close(socket::NORMAL).await.ok_or(Refusal::Gone)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn describe(
    State(gateway): State<ChannelGateway>,
    Path(path): Path<Vec<(String, String)>>,
    headers: HeaderMap,
) -> Result<Json<Value>, Refusal> {
    let connection = find(&gateway, &path, &headers)?;
    Ok(Json(json!({
        "connectedAt": iso_8601(connection.peer.connected_at),
        "identity": connection.peer.identity(),
        "lastActiveAt": iso_8601(connection.last_active()),
    })))
}

fn find(
    gateway: &ChannelGateway,
    path: &[(String, String)],
    headers: &HeaderMap,
) -> Result<Connection, Refusal> {
    if !signature::is_for("execute-api", headers) {
        return Err(Refusal::Forbidden);
    }
    let id = path.iter().find(|(name, _)| name == "id").map(|(_, id)| id.as_str());
    id.and_then(|id| gateway.0.connections.find(id)).ok_or(Refusal::Gone)
}

fn iso_8601(time: UnixMillis) -> String {
    let timestamp = i64::try_from(time.0).ok().and_then(|it| Timestamp::from_millisecond(it).ok());
    timestamp.unwrap_or_default().to_string()
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, kind, message) = match self {
            Self::Forbidden => (StatusCode::FORBIDDEN, "ForbiddenException", "not signed"),
            Self::Gone => (StatusCode::GONE, "GoneException", "no such connection"),
            Self::PayloadTooLarge => {
                (StatusCode::PAYLOAD_TOO_LARGE, "PayloadTooLargeException", "at most 128 KiB")
            }
            Self::NotText => (StatusCode::BAD_REQUEST, "BadRequestException", "not UTF-8"),
        };
        (status, [("x-amzn-ErrorType", kind)], Json(json!({ "message": message }))).into_response()
    }
}
