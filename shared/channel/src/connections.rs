//! Sends messages to connections and closes them, through the gateway that holds them.

use aws_sdk_apigatewaymanagement::{
    Client, Config, config::Builder, config::http::HttpResponse, error::SdkError, primitives::Blob,
};
use aws_smithy_types::retry::RetryConfig;
use loop_aws::{IntoHealthCheck, SdkConfig, WARM_TIMEOUT, failed, timeouts};
use loop_core::{
    Reason, Settings, UnavailableError,
    progress::ConnectionId,
    setting::{protected_url, server_url},
};

use crate::ServerMessage;

/// The setting by which all AWS SDKs name the endpoint of connection management.
const SDK_SETTING: &str = "AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI";
/// The setting for the URL of the deployed stage.
const SETTING: &str = "LOOP_CHANNEL_ENDPOINT";

/// The connections that a gateway holds.
#[derive(Clone, Debug)]
pub struct Connections {
    client: Client,
}

/// The outcome of sending a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// The gateway has accepted the message for an open connection.
    Delivered,
    /// The connection is gone.
    Gone,
}

impl Connections {
    /// Reads the endpoint at which the gateway is managed: `LOOP_CHANNEL_ENDPOINT`
    /// (`https://<api>.execute-api.<region>.amazonaws.com/<stage>`), unless
    /// `AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI` is set. `AWS_ENDPOINT_URL` is not read, because it
    /// cannot say which API and stage are meant. The client shares `aws` with other clients. The
    /// settings are also read without `aws`, so that every fault is reported.
    pub fn from_settings(settings: &mut Settings<'_>, aws: Option<&SdkConfig>) -> Option<Self> {
        let endpoint_url = match settings.optional(SDK_SETTING, sdk_endpoint) {
            Some(None) => settings.required(SETTING, endpoint),
            endpoint_url => endpoint_url?,
        };
        let mut config = Builder::from(aws?);
        config.set_endpoint_url(Some(endpoint_url?));
        Some(Self { client: Client::from_conf(config.build()) })
    }

    /// Opens the TLS connection to the gateway that the first message will use. This needs no
    /// permission. A failure has no consequence and is not reported.
    pub async fn warm(&self) {
        let config = Config::builder()
            .timeout_config(timeouts(WARM_TIMEOUT))
            .retry_config(RetryConfig::disabled());
        let request = self.client.get_connection().connection_id("warm").customize();
        let _ = request.config_override(config).interceptor(IntoHealthCheck).send().await;
    }

    /// Sends a message. A message whose first response was lost may be sent twice.
    ///
    /// # Errors
    /// [`UnavailableError`]: the message may nevertheless have been sent.
    pub async fn post(
        &self,
        connection: &ConnectionId,
        message: &ServerMessage<'_>,
    ) -> Result<Delivery, UnavailableError> {
        let post = self.client.post_to_connection().connection_id(connection.as_str());
        match post.data(Blob::new(message.to_text())).send().await {
            Ok(_) => Ok(Delivery::Delivered),
            Err(error) if is_gone(&error) => Ok(Delivery::Gone),
            Err(error) => Err(failed("PostToConnection", &error)),
        }
    }

    /// Closes a connection, if it is still open.
    ///
    /// # Errors
    /// [`UnavailableError`]: the connection may nevertheless have been closed.
    pub async fn close(&self, connection: &ConnectionId) -> Result<(), UnavailableError> {
        let delete = self.client.delete_connection().connection_id(connection.as_str());
        match delete.send().await {
            Ok(_) => Ok(()),
            Err(error) if is_gone(&error) => Ok(()),
            Err(error) => Err(failed("DeleteConnection", &error)),
        }
    }
}

/// Returns whether the gateway responds with 410. The status is all that counts, since a response
/// without a body has no error code.
fn is_gone<E>(error: &SdkError<E, HttpResponse>) -> bool {
    error.raw_response().is_some_and(|response| response.status().as_u16() == 410)
}

fn sdk_endpoint(text: &str) -> Result<String, Reason> {
    server_url(text, &["https", "http"]).map(|url| url.as_str().to_owned())
}

/// Reads a URL that uses TLS unless it is local: the requests are signed with the credentials of
/// the function, and carry the signalling of calls.
fn endpoint(text: &str) -> Result<String, Reason> {
    protected_url(text, &["https", "http"]).map(|url| url.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(variables: &[(&str, &str)]) -> String {
        let aws = [
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ACCESS_KEY_ID", "AKIATEST"),
            ("AWS_SECRET_ACCESS_KEY", "hunter2"),
        ];
        let mut settings = Settings::new(|name| {
            let found = variables.iter().chain(&aws).find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        });
        let aws = loop_aws::sdk_config(&mut settings);
        let connections = Connections::from_settings(&mut settings, aws.as_ref());
        settings.finish(connections).err().map(|faults| faults.to_string()).unwrap_or_default()
    }

    #[test]
    fn one_of_two_settings_says_where_the_gateway_is() {
        assert_eq!(fault(&[]), "settings: LOOP_CHANNEL_ENDPOINT is missing");
        assert_eq!(fault(&[(SETTING, "https://a.example/prod")]), "");
        assert_eq!(fault(&[(SDK_SETTING, "http://127.0.0.1:1")]), "");
        let of_all = ("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
        assert_eq!(fault(&[of_all]), "settings: LOOP_CHANNEL_ENDPOINT is missing");
        assert_eq!(fault(&[of_all, (SETTING, "http://channel.localhost:1/live")]), "");
        for wrong in ["http://a.example", "wss://a.example", "a.example"] {
            let fault = fault(&[(SETTING, wrong)]);
            assert!(fault.starts_with("settings: LOOP_CHANNEL_ENDPOINT: "), "{wrong}: {fault}");
        }
    }
}
