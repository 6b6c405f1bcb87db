//! The API by which functions send to connections and close them:
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html>.

use std::future::Future;

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

use super::api::MESSAGE_MAX_BYTES;
use crate::signature;

/// The connections that the management API acts on.
pub trait Management: Clone + Send + Sync + 'static {
    /// Sends a text to a connection.
    fn send(
        &self,
        connection: &str,
        text: &str,
    ) -> impl Future<Output = Result<(), ManagementError>> + Send;

    /// Closes a connection.
    fn close(&self, connection: &str) -> impl Future<Output = Result<(), ManagementError>> + Send;

    /// Describes a connection.
    fn describe(
        &self,
        connection: &str,
    ) -> impl Future<Output = Result<Description, ManagementError>> + Send;
}

/// The description that the API gives of a connection.
#[derive(Clone, Debug)]
pub struct Description {
    /// The time when it was opened.
    pub connected_at: UnixMillis,
    /// The time of the last message in either direction.
    pub last_active_at: UnixMillis,
    /// The client's address and browser.
    pub identity: Value,
}

/// The reasons why a request has no effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ManagementError {
    /// The request is not signed.
    Forbidden,
    /// The connection does not exist any more.
    Gone,
    /// The message is longer than [`MESSAGE_MAX_BYTES`].
    PayloadTooLarge,
    /// The message is not UTF-8.
    NotText,
}

/// Returns the routes of the API for these connections, with and without a stage in the paths.
pub fn management_routes<M: Management>(connections: M) -> Router {
    let connection = || post(send::<M>).delete(close::<M>).get(describe::<M>);
    Router::new()
        .route("/@connections/{id}", connection())
        .route("/{stage}/@connections/{id}", connection())
        .with_state(connections)
}

async fn send<M: Management>(
    State(connections): State<M>,
    Path(path): Path<Vec<(String, String)>>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, ManagementError> {
    let connection = connection(&path, &headers)?;
    let body: Bytes =
        to_bytes(body, MESSAGE_MAX_BYTES).await.map_err(|_| ManagementError::PayloadTooLarge)?;
    let text = std::str::from_utf8(&body).map_err(|_| ManagementError::NotText)?;
    connections.send(connection, text).await?;
    Ok(StatusCode::OK)
}

async fn close<M: Management>(
    State(connections): State<M>,
    Path(path): Path<Vec<(String, String)>>,
    headers: HeaderMap,
) -> Result<StatusCode, ManagementError> {
    connections.close(connection(&path, &headers)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn describe<M: Management>(
    State(connections): State<M>,
    Path(path): Path<Vec<(String, String)>>,
    headers: HeaderMap,
) -> Result<Json<Value>, ManagementError> {
    let description = connections.describe(connection(&path, &headers)?).await?;
    Ok(Json(json!({
        "connectedAt": iso_8601(description.connected_at),
        "identity": description.identity,
        "lastActiveAt": iso_8601(description.last_active_at),
    })))
}

/// Returns the id of the connection that a signed request names.
fn connection<'a>(
    path: &'a [(String, String)],
    headers: &HeaderMap,
) -> Result<&'a str, ManagementError> {
    if !signature::is_for("execute-api", headers) {
        return Err(ManagementError::Forbidden);
    }
    let id = path.iter().find(|(name, _)| name == "id").map(|(_, id)| id.as_str());
    id.ok_or(ManagementError::Gone)
}

fn iso_8601(time: UnixMillis) -> String {
    let timestamp =
        i64::try_from(time.get()).ok().and_then(|it| Timestamp::from_millisecond(it).ok());
    timestamp.unwrap_or_default().to_string()
}

impl IntoResponse for ManagementError {
    /// Builds the response from which the SDK reads the error.
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
