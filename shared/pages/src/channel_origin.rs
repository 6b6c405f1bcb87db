//! The origin of the call channel, to which the pages may connect.

use loop_core::{Reason, Settings, setting::protected_url};

/// The origin of the call channel, such as `wss://channel.example.org`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelOrigin(String);

impl ChannelOrigin {
    /// Reads `LOOP_CHANNEL_URL`, which is optional: without a channel, the pages cannot make calls.
    /// The outer `None` means that the setting is faulty.
    pub fn from_settings(settings: &mut Settings<'_>) -> Option<Option<Self>> {
        settings.optional("LOOP_CHANNEL_URL", Self::of_url)
    }

    /// Returns the origin in the notation of a Content Security Policy.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn of_url(text: &str) -> Result<Self, Reason> {
        Ok(Self(protected_url(text, &["wss", "ws"])?.for_browsers()?.origin()))
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
            ("wss://Channel.example:443/x", "wss://channel.example"),
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
            "wss://a.example/x?y",
            "wss://a.example:6000",
        ] {
            assert!(ChannelOrigin::of_url(wrong).is_err(), "{wrong}");
        }
        assert_eq!(
            ChannelOrigin::of_url("ws://a.example").unwrap_err(),
            "must be wss, except on localhost"
        );
    }
}
