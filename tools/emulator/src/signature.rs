//! The signatures of requests to services of AWS.

use axum::http::{HeaderMap, header};

/// Returns whether the request carries a signature (SigV4) for `service`, such as `sqs`. The
/// signature itself is not checked: this finds clients that forget it.
pub(crate) fn is_for(service: &str, headers: &HeaderMap) -> bool {
    let authorization = headers.get(header::AUTHORIZATION).and_then(|it| it.to_str().ok());
    authorization.is_some_and(|text| {
        text.starts_with("AWS4-HMAC-SHA256 ") && text.contains(&format!("/{service}/aws4_request"))
    })
}
