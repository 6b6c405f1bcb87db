//! The configuration of which each service's client is made.

use std::time::Duration;

use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_smithy_async::{rt::sleep::TokioSleep, time::SystemTimeSource};
use aws_smithy_runtime_api::client::{
    behavior_version::BehaviorVersion, stalled_stream_protection::StalledStreamProtectionConfig,
};
use aws_smithy_types::{
    retry::{ReconnectMode, RetryConfig},
    timeout::TimeoutConfig,
};
use aws_types::{SdkConfig, region::Region};
use loop_core::Settings;

use crate::{http_client, settings::AwsSettings};

/// The time for one attempt, from sending to the last byte. Requests to AWS take milliseconds; a
/// response that has not come after a second is lost.
pub const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(1);
/// The time for all attempts with the pauses between them. To place a call, a function needs two
/// operations and a request to the provider within the 30 s of the gateway.
pub const OPERATION_TIMEOUT: Duration = Duration::from_secs(3);
/// The number of attempts: the first one and two more.
const ATTEMPTS: u32 = 3;
/// The upper bound of the first pause. That of the next pause is twice as long.
const INITIAL_BACKOFF: Duration = Duration::from_millis(50);

/// Makes the configuration for a client of any service. The client does nothing before its first
/// request.
///
/// Reads `AWS_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and, if they are set,
/// `AWS_SESSION_TOKEN` and `AWS_CA_BUNDLE` (a PEM file with the roots to trust instead of
/// Amazon's). Returns `None` when one is missing or faulty, which `settings` then reports.
pub fn sdk_config(settings: &mut Settings<'_>) -> Option<SdkConfig> {
    let settings = AwsSettings::read(settings)?;
    let credentials = Credentials::new(
        settings.access_key_id,
        settings.secret_access_key.expose(),
        settings.session_token.as_ref().map(|token| token.expose().to_owned()),
        // Lambda ends an instance before its credentials do.
        None,
        "environment",
    );
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(settings.region))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(http_client::Client::new(settings.roots))
        .sleep_impl(TokioSleep::new())
        .time_source(SystemTimeSource::new())
        .timeout_config(timeouts(OPERATION_TIMEOUT))
        .retry_config(
            RetryConfig::standard()
                .with_max_attempts(ATTEMPTS)
                .with_initial_backoff(INITIAL_BACKOFF)
                // The client itself forgets connections after a failure.
                .with_reconnect_mode(ReconnectMode::ReuseAllConnections),
        )
        // Responses are small, and the timeout of the attempt covers their bodies.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
    Some(config.build())
}

/// Returns the usual timeouts with another one for the whole operation.
pub fn timeouts(operation: Duration) -> TimeoutConfig {
    TimeoutConfig::builder()
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(operation)
        .build()
}
