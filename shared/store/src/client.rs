//! The DynamoDB client.

use aws_sdk_dynamodb::{
    Client, Config,
    config::{
        Builder,
        retry::{RetryPartition, TokenBucket},
    },
};
use aws_smithy_types::retry::RetryConfig;
use loop_aws::{IntoHealthCheck, WARM_TIMEOUT, timeouts};

use crate::settings::StoreSettings;

/// Makes a client, which does nothing before its first request.
pub(crate) fn client(settings: &StoreSettings) -> Client {
    let mut config = Builder::from(&settings.aws);
    config.set_endpoint_url(settings.endpoint_url.clone());
    // After many failures the SDK retries nothing until requests succeed again. By default it
    // counts the failures of all clients of a process together. Several functions in one process,
    // as on a developer's machine, would use up each other's retries, which no two instances of
    // Lambda do.
    let own = RetryPartition::custom("store").token_bucket(TokenBucket::default());
    config.set_retry_partition(Some(own.build()));
    Client::from_conf(config.build())
}

/// Opens the connection that the first request will use, with a `GET /` that is not signed.
/// DynamoDB responds to it with "healthy", so it needs no permission.
pub(crate) async fn warm(client: &Client, table: &str) {
    let config = Config::builder()
        .timeout_config(timeouts(WARM_TIMEOUT))
        .retry_config(RetryConfig::disabled());
    let request = client.query().table_name(table).customize();
    // A failure is ignored: the first real request reports it.
    let _ = request.config_override(config).interceptor(IntoHealthCheck).send().await;
}
