//! The settings of all functions on a developer's machine.

use std::{collections::BTreeMap, fmt, net::IpAddr};

use emulator::{delay_queue, websocket_api};
use loop_push::BROWSER_PUSH_SERVICES;

use crate::data::Keys;

/// The name of the local table.
pub const TABLE: &str = "loop";

/// The prefixes of settings that a developer may override from the shell. Those of AWS are not
/// among them, since the local server must never reach a real account.
const OVERRIDABLE: [&str; 4] = ["LOOP_", "LIVEKIT_", "OPENTOK_", "LOG_FORMAT"];

/// The settings with these prefixes that the local server sets itself. Another table would not
/// exist, and another queue or gateway could be a real one.
const OWN: [&str; 3] = ["LOOP_CHANNEL_ENDPOINT", "LOOP_DEADLINE_QUEUE_URL", "LOOP_TABLE"];

/// The variables that the functions read instead of the environment of a Lambda instance. Some of
/// them are secret, so `Debug` shows the names alone.
#[derive(Clone)]
pub struct Environment(BTreeMap<String, String>);

/// The addresses of the service and of the services that the functions use.
#[derive(Clone, Copy, Debug)]
pub struct Addresses<'a> {
    /// The address on which the service listens.
    pub host: IpAddr,
    /// The origin of the service: `http://localhost:3000`.
    pub origin: &'a str,
    /// The URL of DynamoDB.
    pub database_url: &'a str,
    /// The URL of the server that plays the other services of AWS.
    pub services_url: &'a str,
}

impl Environment {
    /// Returns the defaults. Browsers connect straight to each other. Push URLs on this machine are
    /// allowed beside those of the browsers' push services, unless other machines can reach the
    /// service: they could make it call any server on this machine. With `LOOP_PROVIDER=livekit`,
    /// the settings for LiveKit are those of `livekit-server --dev`.
    pub fn new(addresses: Addresses<'_>, keys: &Keys) -> Self {
        let Addresses { host, origin, database_url, services_url } = addresses;
        let this_machine = if host.to_canonical().is_loopback() { "localhost," } else { "" };
        let push_hosts = format!("{this_machine}{}", BROWSER_PUSH_SERVICES.join(","));
        let channel_url = format!("ws{}{}", origin.trim_start_matches("http"), websocket_api::PATH);
        let channel_endpoint = format!("{services_url}/{}", websocket_api::STAGE);
        let queue_url = format!("{services_url}{}", delay_queue::PATH);
        let defaults = [
            ("AWS_ACCESS_KEY_ID", "local"),
            ("AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI", &channel_endpoint),
            ("AWS_ENDPOINT_URL_DYNAMODB", database_url),
            ("AWS_ENDPOINT_URL_SQS", services_url),
            ("AWS_REGION", "us-east-1"),
            ("AWS_SECRET_ACCESS_KEY", "local"),
            ("LIVEKIT_API_KEY", "devkey"),
            ("LIVEKIT_API_SECRET", "secret"),
            ("LIVEKIT_URL", "ws://localhost:7880"),
            ("LOOP_CHANNEL_ENDPOINT", &channel_endpoint),
            ("LOOP_CHANNEL_URL", &channel_url),
            ("LOOP_DEADLINE_QUEUE_URL", &queue_url),
            ("LOOP_PROVIDER", "direct"),
            ("LOOP_PUBLIC_URL", origin),
            ("LOOP_PUSH_HOSTS", &push_hosts),
            ("LOOP_TABLE", TABLE),
            ("LOOP_TOKEN_KEYS", &keys.token_keys),
            ("LOOP_VAPID_KEY", &keys.vapid_key),
            ("LOOP_VAPID_SUBJECT", "mailto:developer@example.com"),
        ];
        Self(defaults.map(|(name, value)| (name.to_owned(), value.to_owned())).into())
    }

    /// Lets `variables`, such as those of the shell, override the defaults.
    pub fn overridden_by(mut self, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        self.0.extend(variables.into_iter().filter(|(name, _)| is_overridable(name)));
        self
    }

    /// Sets one variable and replaces its former value.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// Returns the value of one variable.
    pub fn get(&self, name: &str) -> Option<String> {
        self.0.get(name).cloned()
    }

    /// Returns all variables with their values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// Returns whether a variable of the shell overrides the default.
pub fn is_overridable(name: &str) -> bool {
    OVERRIDABLE.iter().any(|prefix| name.starts_with(prefix)) && !OWN.contains(&name)
}

/// Returns whether a variable of the shell is a setting that the local server sets itself.
pub fn is_own(name: &str) -> bool {
    OWN.contains(&name)
}

impl fmt::Debug for Environment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.0.keys()).finish()
    }
}
