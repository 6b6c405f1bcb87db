//! Responses that a gateway makes itself, in the form of API Gateway: without the `errno` by which
//! clients recognise the responses of the functions (`docs/errors.md`).

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;

/// Returns a response with this status.
pub(crate) fn gateway_error(status: StatusCode) -> Response {
    let message = match status {
        // The gateway keeps the name of an older standard (RFC 2616).
        StatusCode::PAYLOAD_TOO_LARGE => Some("Request Entity Too Large"),
        status => status.canonical_reason(),
    };
    (status, Json(json!({ "message": message }))).into_response()
}
