//! The HTTP client for requests that Loop itself makes: to push services, WebRTC providers and AWS.
//!
//! It uses one TLS provider (`ring`) and compiled-in trust roots, Mozilla's unless others are
//! given. So a cold start reads no certificate file and initialises no second cryptographic
//! library.

#![warn(missing_docs)]

use std::{sync::Arc, time::Duration};

use rustls::{ClientConfig, RootCertStore, crypto::ring};

/// Returns a client builder that follows no redirect, keeps no connection, uses no proxy from the
/// environment, and speaks TLS 1.2 and 1.3 with the trust roots that browsers have.
/// `connect_timeout` bounds each connection attempt; the whole request needs a deadline of its own.
///
/// # Errors
/// The compiled-in cryptography does not support TLS 1.2 and 1.3, which is a fault of the build.
pub fn client(connect_timeout: Duration) -> Result<reqwest::ClientBuilder, rustls::Error> {
    let roots = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
    Ok(client_with(tls_trusting(roots)?, connect_timeout))
}

/// Returns a configuration for TLS 1.2 and 1.3 on `ring` that trusts `roots`.
///
/// # Errors
/// The same as those of [`client`].
pub fn tls_trusting(roots: RootCertStore) -> Result<ClientConfig, rustls::Error> {
    Ok(ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

/// Returns a builder like that of [`client`], with another TLS configuration.
pub fn client_with(tls: ClientConfig, connect_timeout: Duration) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .connect_timeout(connect_timeout)
        .redirect(reqwest::redirect::Policy::none())
        // The client does not retry, since each caller has its own policy.
        .retry(reqwest::retry::never())
        // Lambda freezes the instance after the response, so a connection that was kept may be long
        // dead when it is used again. That would cost a call; a new connection costs one handshake.
        .pool_max_idle_per_host(0)
        .no_proxy()
        .referer(false)
        .user_agent(concat!("loop/", env!("CARGO_PKG_VERSION")))
}

/// Reads at most `limit` bytes of a response's body. A longer body is cut off: the connection is
/// dropped with the rest unread.
///
/// # Errors
/// The connection failed before that.
pub async fn read_at_most(
    mut response: reqwest::Response,
    limit: usize,
) -> Result<Vec<u8>, reqwest::Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        let room = limit - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if body.len() == limit {
            break;
        }
    }
    Ok(body)
}

/// Returns the reason why a request failed, without the URL, which may be a secret.
pub fn cause(error: reqwest::Error) -> String {
    let kind = match () {
        () if error.is_timeout() => "timed out",
        () if error.is_connect() => "could not connect",
        () if error.is_builder() => "could not be built",
        () if error.is_body() || error.is_decode() => "broke off",
        () => "failed",
    };
    kind.to_owned()
}
