//! The Content Security Policy of a page.

use lambda_http::http::HeaderValue;

use crate::channel_origin::ChannelOrigin;

/// The source expressions of the inline script and style of the pages: hashes that the build has
/// made.
#[derive(Clone, Copy, Debug)]
pub struct Inline {
    /// The one script.
    pub script: &'static str,
    /// The one style.
    pub style: &'static str,
}

/// The policy of a page: the page may run its own script in its own style, and talk to this
/// service. It may load nothing, no other page may frame it, and no text can become a script
/// (Trusted Types).
#[derive(Clone, Debug)]
pub struct Policy {
    inline: Inline,
    connect: String,
    has_service_worker: bool,
}

impl Policy {
    /// Makes the policy of pages with `inline`, which open the call channel if there is one.
    pub fn new(inline: Inline, channel: Option<&ChannelOrigin>) -> Self {
        Self { inline, connect: connect_sources(channel), has_service_worker: false }
    }

    /// Lets the pages also register the service worker of Loop. Its URL has to pass the Trusted
    /// Types policy `loop` of the page's script.
    pub fn service_worker(mut self) -> Self {
        self.has_service_worker = true;
        self
    }

    /// Returns the policy of the service worker itself, which talks to this service and does
    /// nothing else.
    pub fn of_service_worker(channel: Option<&ChannelOrigin>) -> HeaderValue {
        let connect = connect_sources(channel);
        header(&format!("default-src 'none'; connect-src {connect}; frame-ancestors 'none'"))
    }

    /// Returns the value of the header.
    pub fn header(&self) -> HeaderValue {
        let Self { inline: Inline { script, style }, connect, has_service_worker } = self;
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
