//! The responses that mean success.

use serde_json::{Value, json};

/// Returns whether a function has handled its event. 429 is a success of the function that places
/// calls: each of its events places another call to the same callee.
pub(crate) fn is_success(response: &Value) -> bool {
    match response["statusCode"].as_u64() {
        Some(status) => (200..300).contains(&status) || status == 429,
        None => *response == json!({ "batchItemFailures": [] }),
    }
}
