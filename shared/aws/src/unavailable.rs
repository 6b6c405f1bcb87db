//! The conversion of the SDK's errors to outages.

use std::error::Error;

use aws_smithy_runtime_api::client::{
    orchestrator::HttpResponse,
    result::{ConnectorError, SdkError},
};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use loop_core::UnavailableError;

/// Makes the error that AWS did not do `operation`: the service could not be reached in time, was
/// throttling, had a fault, or did not allow the request. A write may nevertheless have taken
/// effect.
pub fn failed<E: ProvideErrorMetadata>(
    operation: &str,
    error: &SdkError<E, HttpResponse>,
) -> UnavailableError {
    UnavailableError::new(format!("{operation}: {}", kind(error)))
}

/// Returns the kind of an error. The service's message is left out, because DynamoDB quotes keys
/// and table names in some messages.
fn kind<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> String {
    match error {
        SdkError::ConstructionFailure(_) => "the request could not be made".to_owned(),
        SdkError::TimeoutError(_) => "timeout".to_owned(),
        SdkError::DispatchFailure(failure) => {
            failure.as_connector_error().map_or_else(|| "connection".to_owned(), connector_kind)
        }
        SdkError::ResponseError(_) => "the answer could not be read".to_owned(),
        SdkError::ServiceError(failure) => {
            let code = failure.err().code().unwrap_or("no error code");
            format!("{code}, status {}", failure.raw().status().as_u16())
        }
        _ => "an unknown kind of failure".to_owned(),
    }
}

/// Returns the kind of the error, then the innermost cause ("Connection refused", "UnknownIssuer"),
/// which is about the connection and never about the content of the request.
fn connector_kind(error: &ConnectorError) -> String {
    let kind = if error.is_timeout() { "connection timeout" } else { "connection" };
    let mut innermost: &dyn Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    format!("{kind}: {innermost}")
}
