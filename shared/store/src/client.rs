//! The DynamoDB client, configured by hand.
//!
//! The SDK's default chain would read files and ask the network for what Lambda has already put
//! into the environment, and it takes tens of milliseconds of every cold start.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::{
    Client, Config,
    config::{
        BehaviorVersion, ConfigBag, Intercept, Region, RuntimeComponents, SharedHttpClient,
        StalledStreamProtectionConfig, interceptors::BeforeTransmitInterceptorContextMut,
    },
    error::BoxError,
};
use aws_smithy_async::{rt::sleep::TokioSleep, time::SystemTimeSource};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode},
};
use aws_smithy_types::{
    body::SdkBody,
    retry::{ReconnectMode, RetryConfig},
    timeout::TimeoutConfig,
};

use crate::settings::StoreSettings;

/// For the TCP and TLS handshakes. Within a region they take some 5 ms.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(500);
/// For one attempt, from sending to the last byte. DynamoDB answers in single-digit milliseconds;
/// what has not come after a second is lost.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(1);
/// For all attempts with the pauses between them. Placing a call has two operations and a
/// provider to ask within the 30 s of the gateway.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(3);
/// The first and two more.
const ATTEMPTS: u32 = 3;
/// The upper bound of the first pause; the next is up to twice as long.
const INITIAL_BACKOFF: Duration = Duration::from_millis(50);
/// For opening the connection ahead of time. Lambda allows 10 s for all of the init phase.
const WARM_TIMEOUT: Duration = Duration::from_secs(1);

/// A client that does nothing before its first request.
pub(crate) fn client(settings: &StoreSettings) -> Client {
    let credentials = Credentials::new(
        settings.access_key_id.clone(),
        settings.secret_access_key.expose(),
        settings.session_token.as_ref().map(|token| token.expose().to_owned()),
        // Lambda ends an instance before its credentials do.
        None,
        "environment",
    );
    let mut config = Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(settings.region.clone()))
        .credentials_provider(credentials)
        .http_client(http_client(&settings.roots))
        .sleep_impl(TokioSleep::new())
        .time_source(SystemTimeSource::new())
        .timeout_config(timeouts(OPERATION_TIMEOUT))
        .retry_config(
            RetryConfig::standard()
                .with_max_attempts(ATTEMPTS)
                .with_initial_backoff(INITIAL_BACKOFF),
        )
        // Answers are small and the attempt's timeout covers their bodies.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
    config.set_endpoint_url(settings.endpoint_url.clone());
    Client::from_conf(config.build())
}

/// Opens the connection that the first request will use: with a `GET /` that is not signed, which
/// DynamoDB answers with "healthy", so it needs no permission.
///
/// A request of the SDK is turned into that one, rather than sent beside the SDK, because only
/// the SDK's own requests go through its connection pool.
pub(crate) async fn warm(client: &Client, table: &str) {
    let config = Config::builder().timeout_config(timeouts(WARM_TIMEOUT)).retry_config(
        // "healthy" is not the JSON that the SDK expects. It would take that for a broken
        // connection and drop it.
        RetryConfig::disabled().with_reconnect_mode(ReconnectMode::ReuseAllConnections),
    );
    let request = client.query().table_name(table).customize();
    // Whatever is wrong here, the first real request will report.
    let _ = request.config_override(config).interceptor(IntoHealthCheck).send().await;
}

/// The SDK has one connection pool per pair of connect and read timeout, so these two are the
/// same everywhere.
fn timeouts(operation: Duration) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(ATTEMPT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(operation)
        .build()
}

/// TLS on `ring`, trusting `roots` (checked PEM) and nothing else. An `http` endpoint is spoken
/// to without TLS.
fn http_client(roots: &[u8]) -> SharedHttpClient {
    let trust = TrustStore::empty().with_pem_certificate(roots);
    let context = TlsContext::builder()
        .with_trust_store(trust)
        .build()
        .expect("the builder only moves its fields; certificates were checked with the settings");
    Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .tls_context(context)
        .build_https()
}

/// Makes a `GET /` without credentials out of any request, after it was signed.
#[derive(Debug)]
struct IntoHealthCheck;

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
