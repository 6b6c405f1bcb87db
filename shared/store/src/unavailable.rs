//! What the SDK's errors and answers say about an outage.

use loop_core::UnavailableError;

pub(crate) use loop_aws::failed;

/// DynamoDB has answered `operation`, but what it always says is not there. To the SDK an answer
/// without a body is one without content: a callee without devices and without revocations.
pub(crate) fn incomplete(operation: &str) -> UnavailableError {
    UnavailableError::new(format!("{operation}: the answer could not be read"))
}
