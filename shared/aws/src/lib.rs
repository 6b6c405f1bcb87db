//! The configuration that all AWS clients share, made without the SDK's default chain.
//!
//! The default chain would read files and request values over the network that Lambda has already
//! put into the environment. It takes tens of milliseconds of every cold start.

#![warn(missing_docs)]

mod config;
mod http_client;
mod settings;
mod unavailable;
mod warming;

pub use aws_types::SdkConfig;
pub use config::{ATTEMPT_TIMEOUT, OPERATION_TIMEOUT, sdk_config, timeouts};
pub use http_client::CONNECT_TIMEOUT;
pub use settings::endpoint_url;
pub use unavailable::failed;
pub use warming::{IntoHealthCheck, WARM_TIMEOUT};
