//! The configuration from which each service's client is made.

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

/// For one attempt, from sending to the last byte. What we ask AWS for takes milliseconds; what
/// has not come after a second is lost.
pub const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(1);
/// For all attempts with the pauses between them. Placing a call has two operations and a
/// provider to ask within the 30 s of the gateway.
pub const OPERATION_TIMEOUT: Duration = Duration::from_secs(3);
/// The first and two more.
const ATTEMPTS: u32 = 3;
/// The upper bound of the first pause; the next is up to twice as long.
const INITIAL_BACKOFF: Duration = Duration::from_millis(50);

/// The configuration for a client of any service, which then does nothing before its first
/// request.
///
/// Reads `AWS_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and, where they are there,
/// `AWS_SESSION_TOKEN` and `AWS_CA_BUNDLE` (a PEM file with the roots to trust instead of
/// Amazon's). `None` when one is missing or faulty; `settings` then knows which.
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
                // Our client itself forgets connections after a failure.
                .with_reconnect_mode(ReconnectMode::ReuseAllConnections),
        )
        // Answers are small and the attempt's timeout covers their bodies.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
    Some(config.build())
}

/// The usual timeouts with another one for the whole operation.
pub fn timeouts(operation: Duration) -> TimeoutConfig {
    TimeoutConfig::builder()
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(operation)
        .build()
}
