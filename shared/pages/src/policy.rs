//! The Content Security Policy of a page.

use base64::{Engine, engine::general_purpose::STANDARD};
use lambda_http::http::HeaderValue;
use ring::digest;

use crate::{ChannelOrigin, Script};

/// What a page may do: run its own script in its own style, and talk to this service. Nothing is
/// loaded, nobody may frame it, and no text can become a script (Trusted Types).
#[derive(Clone, Debug)]
pub struct Policy {
    script: String,
    style: String,
    connect: String,
    has_service_worker: bool,
}

impl Policy {
    /// For a page with these.
    pub(crate) fn new(script: &Script, style: &str) -> Self {
        Self {
            script: hash_source(script.as_str()),
            style: hash_source(style),
            connect: "'self'".to_owned(),
            has_service_worker: false,
        }
    }

    /// Also lets it open the call channel.
    pub(crate) fn channel(mut self, channel: Option<&ChannelOrigin>) -> Self {
        self.connect = connect_sources(channel);
        self
    }

    /// Also lets it register a service worker of ours. Its URL has to pass the Trusted Types policy
    /// `loop` of the page's script.
    pub(crate) fn service_worker(mut self) -> Self {
        self.has_service_worker = true;
        self
    }

    /// The policy of the service worker itself, which talks to this service and does nothing else.
    pub fn of_service_worker(channel: Option<&ChannelOrigin>) -> HeaderValue {
        let connect = connect_sources(channel);
        header(&format!("default-src 'none'; connect-src {connect}; frame-ancestors 'none'"))
    }

    pub(crate) fn header(&self) -> HeaderValue {
        let Self { script, style, connect, has_service_worker } = self;
        let (worker, trusted_types) =
            if *has_service_worker { ("'self'", "loop") } else { ("'none'", "'none'") };
        header(&format!(
            "default-src 'none'; script-src {script}; style-src {style}; connect-src {connect}; \
             img-src data:; worker-src {worker}; base-uri 'none'; form-action 'none'; \
             frame-ancestors 'none'; require-trusted-types-for 'script'; \
             trusted-types {trusted_types}"
        ))
    }
}

fn connect_sources(channel: Option<&ChannelOrigin>) -> String {
    channel.map_or("'self'".to_owned(), |channel| format!("'self' {}", channel.as_str()))
}

fn header(policy: &str) -> HeaderValue {
    HeaderValue::try_from(policy).expect("base64, an ASCII origin and ASCII keywords")
}

/// How a policy names an inline script or style (Content Security Policy Level 3, section 2.3.1).
pub(crate) fn hash_source(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(digest::digest(&digest::SHA256, text.as_bytes())))
}
