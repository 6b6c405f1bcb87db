//! The opening of a connection before the first request.

use std::time::Duration;

use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{Intercept, context::BeforeTransmitInterceptorContextMut},
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::{body::SdkBody, config_bag::ConfigBag};

/// The time for opening the connection ahead of time. Lambda allows 10 s for all of the init phase.
pub const WARM_TIMEOUT: Duration = Duration::from_secs(1);

/// The interceptor that makes a `GET` without credentials or body out of any request, after it was
/// signed. The `GET` opens the connection that the next request will use, and needs no permission.
///
/// It changes a request of the SDK, rather than sending one beside the SDK, because only the SDK's
/// own requests go through its connection pool. The response is not the one that the SDK expects,
/// so the SDK returns an error, which the caller ignores.
#[derive(Debug)]
pub struct IntoHealthCheck;

impl Intercept for IntoHealthCheck {
    fn name(&self) -> &'static str {
        "IntoHealthCheck"
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request_mut();
        request.set_method("GET")?;
        for header in [
            "authorization",
            "content-length",
            "content-type",
            "x-amz-date",
            "x-amz-security-token",
            "x-amz-target",
        ] {
            request.headers_mut().remove(header);
        }
        *request.body_mut() = SdkBody::empty();
        Ok(())
    }
}
