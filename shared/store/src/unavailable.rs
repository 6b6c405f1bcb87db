//! Errors for outages, made from the SDK's errors and responses.

use loop_core::UnavailableError;

pub(crate) use loop_aws::failed;

/// Makes the error for a response to `operation` that lacks what every response has. To the SDK, a
/// response without a body is one without content: a callee without devices and revocations.
pub(crate) fn incomplete(operation: &str) -> UnavailableError {
    UnavailableError::new(format!("{operation}: the answer could not be read"))
}
