//! Where the pages may open the call channel.

use loop_core::{Reason, Settings};
use url::Url;

/// The origin of the call channel, such as `wss://channel.example.org`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelOrigin(String);

impl ChannelOrigin {
    /// Reads `LOOP_CHANNEL_URL`, which is optional: without a channel, nobody can talk through the
    /// pages. The outer `None` is a faulty setting.
    pub fn from_settings(settings: &mut Settings<'_>) -> Option<Option<Self>> {
        settings.optional("LOOP_CHANNEL_URL", Self::of_url)
    }

    /// As a Content Security Policy names it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn of_url(text: &str) -> Result<Self, Reason> {
        let fault = "must be a URL such as wss://channel.example.org/prod";
        let url = Url::parse(text).map_err(|_| fault)?;
        if !matches!(url.scheme(), "ws" | "wss") {
            return Err(fault.into());
        }
        let is_local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        if url.scheme() == "ws" && !is_local {
            return Err("must be wss, except on localhost".into());
        }
        Ok(Self(url.origin().ascii_serialization()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_origin_counts() {
        for (url, expected) in [
            (
                "wss://abc.execute-api.eu-west-1.amazonaws.com/prod",
                "wss://abc.execute-api.eu-west-1.amazonaws.com",
            ),
            ("wss://Channel.example:443/x?y", "wss://channel.example"),
            ("ws://localhost:3001/", "ws://localhost:3001"),
            ("ws://[::1]:3001", "ws://[::1]:3001"),
        ] {
            assert_eq!(ChannelOrigin::of_url(url).unwrap().as_str(), expected);
        }
    }

    #[test]
    fn what_is_not_a_web_socket_is_refused() {
        for wrong in [
            "",
            "channel.example",
            "https://channel.example",
            "wss:",
            "ws://a.example; script-src *",
        ] {
            assert!(ChannelOrigin::of_url(wrong).is_err(), "{wrong}");
        }
        assert_eq!(
            ChannelOrigin::of_url("ws://a.example").unwrap_err(),
            "must be wss, except on localhost"
        );
    }
}
