//! What the settings of providers have in common.

use loop_core::Reason;
use reqwest::Url;

/// Longest API key or secret. Those of today have 40 to 50 characters.
const CREDENTIAL_MAX_BYTES: usize = 256;
/// The hosts that are this machine, as `Url::host_str` writes them.
const THIS_MACHINE: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// An API key or secret, as the provider shows it.
pub(crate) fn credential(text: &str) -> Result<String, Reason> {
    if text.len() > CREDENTIAL_MAX_BYTES {
        return Err(format!("at most {CREDENTIAL_MAX_BYTES} characters").into());
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("only visible ASCII characters, no spaces".into());
    }
    Ok(text.to_owned())
}

/// The URL of a server with one of these schemes, without the slash at its end. It is given to
/// browsers, so it must not hold credentials.
pub(crate) fn server_url(text: &str, schemes: &[&str]) -> Result<String, Reason> {
    let url = Url::parse(text).map_err(|_| "not a URL")?;
    if !schemes.contains(&url.scheme()) {
        return Err(format!("the scheme must be one of: {}", schemes.join(", ")).into());
    }
    let is_server_only = url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    if !is_server_only {
        return Err("must not have credentials, a query or a fragment".into());
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// The URL of the call channel, over which tokens go: plain `ws` stays on this machine.
pub(crate) fn channel_url(text: &str) -> Result<String, Reason> {
    let url = server_url(text, &["ws", "wss"])?;
    if url.starts_with("ws:") && !is_this_machine(&url) {
        return Err("must be wss; ws only for localhost".into());
    }
    Ok(url)
}

/// As [`server_url`], for requests of our own that carry proof of a secret: plain `http` stays on
/// this machine.
pub(crate) fn api_url(text: &str) -> Result<String, Reason> {
    let url = server_url(text, &["http", "https"])?;
    if url.starts_with("http:") && !is_this_machine(&url) {
        return Err("must be https; http only for localhost".into());
    }
    Ok(url)
}

fn is_this_machine(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| url.host_str().is_some_and(|host| THIS_MACHINE.contains(&host)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_url_has_a_known_scheme_and_nothing_secret() {
        let livekit = |text| server_url(text, &["ws", "wss", "http", "https"]);
        assert_eq!(livekit("wss://x.livekit.cloud").unwrap(), "wss://x.livekit.cloud");
        assert_eq!(livekit("ws://127.0.0.1:7880/").unwrap(), "ws://127.0.0.1:7880");
        assert_eq!(livekit("https://example.org/rtc/").unwrap(), "https://example.org/rtc");
        for wrong in [
            "x.livekit.cloud",
            "ftp://x.livekit.cloud",
            "wss://",
            "wss://me:secret@x.livekit.cloud",
            "wss://me@x.livekit.cloud",
            "wss://x.livekit.cloud/?token=secret",
            "wss://x.livekit.cloud/#a",
        ] {
            let reason = livekit(wrong).unwrap_err();
            assert!(!reason.contains("secret"), "{reason}");
        }
    }

    #[test]
    fn plain_http_stays_on_this_machine() {
        for right in [
            "https://api.opentok.com",
            "http://localhost:1",
            "http://127.0.0.1:1",
            "http://[::1]:1",
        ] {
            assert_eq!(api_url(right).unwrap(), right);
        }
        for wrong in ["http://api.opentok.com", "http://localhost.example.org", "http://127.0.0.2"]
        {
            assert!(api_url(wrong).is_err(), "{wrong}");
        }
        assert!(api_url("ws://localhost").is_err());
    }

    #[test]
    fn plain_ws_stays_on_this_machine() {
        assert_eq!(
            channel_url("ws://localhost:3000/channel").unwrap(),
            "ws://localhost:3000/channel"
        );
        assert_eq!(channel_url("wss://x.example/live").unwrap(), "wss://x.example/live");
        for wrong in ["ws://x.example/live", "https://x.example", "ws://localhost.example"] {
            assert!(channel_url(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_credential_is_one_visible_word() {
        assert!(credential("APIx").is_ok());
        assert!(credential(&"a".repeat(256)).is_ok());
        for wrong in ["a b", "a\n", "é", &"a".repeat(257)] {
            assert!(credential(wrong).is_err(), "{wrong:?}");
        }
    }
}
