//! What a gateway responds by itself, in the form that API Gateway gives it: without the `errno` by
//! which clients know the responses of the functions (`docs/errors.md`).

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;

/// Returns a response with this status.
pub(crate) fn gateway_error(status: StatusCode) -> Response {
    let message = match status {
        // Its name in an older standard (RFC 2616), which the gateway keeps to.
        StatusCode::PAYLOAD_TOO_LARGE => Some("Request Entity Too Large"),
        status => status.canonical_reason(),
    };
    (status, Json(json!({ "message": message }))).into_response()
}
