//! That a request to a service of AWS is signed at all, and for that service.

use axum::http::{HeaderMap, header};

/// Whether the request carries a signature (SigV4) for `service`, such as `sqs`. The signature
/// itself is not looked at: what is to be found here is that a client forgets it.
pub(crate) fn is_for(service: &str, headers: &HeaderMap) -> bool {
    let authorization = headers.get(header::AUTHORIZATION).and_then(|it| it.to_str().ok());
    authorization.is_some_and(|text| {
        text.starts_with("AWS4-HMAC-SHA256 ") && text.contains(&format!("/{service}/aws4_request"))
    })
}
