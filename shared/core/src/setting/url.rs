//! URLs of servers, and origins.

use std::fmt;

use url::{Host, Url};

use super::port::is_blocked_by_browsers;
use crate::Reason;

/// The URL of a server: scheme, host, perhaps a port and a path. It has neither credentials, since
/// clients and logs may see it, nor a query or a fragment, since we put paths behind it.
#[derive(Clone, PartialEq, Eq)]
pub struct ServerUrl(Url);

/// An origin in the one spelling that browsers send (RFC 6454, section 6.2).
#[derive(Clone, PartialEq, Eq)]
pub struct Origin(String);

/// Reads the URL of a server with one of these schemes.
///
/// # Errors
/// It is something else, also `https:host` and `https:\\host`, which browsers would mend.
pub fn server_url(text: &str, schemes: &[&str]) -> Result<ServerUrl, Reason> {
    let fault = || format!("must be a URL such as {}://host.example.org", schemes[0]);
    let (scheme, rest) = text.split_once("://").ok_or_else(fault)?;
    let is_plain = rest.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let url = Url::parse(text).ok().filter(|url| is_plain && url.has_host()).ok_or_else(fault)?;
    if rest.starts_with('/') || !scheme.eq_ignore_ascii_case(url.scheme()) {
        return Err(fault().into());
    }
    if !schemes.contains(&url.scheme()) {
        return Err(format!("the scheme must be one of: {}", schemes.join(", ")).into());
    }
    if !url.username().is_empty() || url.password().is_some() || rest.contains('@') {
        return Err("must not have credentials".into());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("must not have a query or a fragment".into());
    }
    if url.port() == Some(0) {
        return Err("nothing listens on port 0".into());
    }
    Ok(ServerUrl(url))
}

/// Reads the URL of a server to which tokens or a proof of a secret are sent. Traffic without TLS
/// (`http` and `ws`) must stay on this machine.
///
/// # Errors
/// Those of [`server_url`]; or the scheme has no TLS, and the host is not one that always is this
/// machine: `localhost`, a name below it, an address that begins with 127, or `[::1]`.
pub fn protected_url(text: &str, schemes: &[&str]) -> Result<ServerUrl, Reason> {
    let url = server_url(text, schemes)?;
    if matches!(url.0.scheme(), "http" | "ws") && !url.is_this_machine() {
        let secure: Vec<_> =
            schemes.iter().copied().filter(|scheme| matches!(*scheme, "https" | "wss")).collect();
        return Err(format!("must be {}, except on localhost", secure.join(" or ")).into());
    }
    Ok(url)
}

impl ServerUrl {
    /// Returns the URL, unless browsers would refuse to connect to its port.
    ///
    /// # Errors
    /// Browsers would refuse to connect to its port.
    pub fn for_browsers(self) -> Result<Self, Reason> {
        match self.0.port().filter(|port| is_blocked_by_browsers(*port)) {
            Some(port) => Err(format!("browsers do not connect to port {port}").into()),
            None => Ok(self),
        }
    }

    /// Returns the URL in its canonical spelling, without a slash at its end.
    pub fn as_str(&self) -> &str {
        self.0.as_str().trim_end_matches('/')
    }

    /// Returns the scheme, the host, and the port if it is not the default one.
    pub fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }

    /// Returns whether the host is one that browsers treat as potentially trustworthy without TLS,
    /// because it leads nowhere but to this machine (Secure Contexts, section 3.1; RFC 6761,
    /// section 6.3).
    fn is_this_machine(&self) -> bool {
        match self.0.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
    }
}

impl Origin {
    /// Reads the origin of a site that browsers open: `https`, and `http` only on this machine. A
    /// slash after it is ignored, because people copy it along.
    ///
    /// # Errors
    /// It is something else, or browsers would refuse to connect to its port.
    pub fn parse(text: &str) -> Result<Self, Reason> {
        let url = protected_url(text, &["https", "http"])?.for_browsers()?;
        if url.0.path() != "/" {
            return Err(
                "must be an origin such as https://calls.example.org, without a path".into()
            );
        }
        Ok(Self(url.origin()))
    }

    /// Returns the origin as browsers send it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether it is reached over TLS, which is always so except on a developer's machine.
    pub fn is_secure(&self) -> bool {
        self.0.starts_with("https:")
    }
}

impl fmt::Debug for ServerUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), formatter)
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_url_has_a_known_scheme_and_nothing_secret() {
        let livekit = |text| server_url(text, &["wss", "ws", "https", "http"]);
        for (text, canonical) in [
            ("wss://x.livekit.cloud", "wss://x.livekit.cloud"),
            ("WSS://X.livekit.cloud:443/", "wss://x.livekit.cloud"),
            ("ws://10.0.0.1:7880/", "ws://10.0.0.1:7880"),
            ("https://example.org/rtc/", "https://example.org/rtc"),
        ] {
            assert_eq!(livekit(text).unwrap().as_str(), canonical);
        }
        for wrong in [
            "",
            "x.livekit.cloud",
            "ftp://x.livekit.cloud",
            "wss:",
            "wss://",
            "wss:x.livekit.cloud",
            "wss:/x.livekit.cloud",
            "wss:///x.livekit.cloud",
            "wss:\\\\x.livekit.cloud",
            "wss://me:secret@x.livekit.cloud",
            "wss://me@x.livekit.cloud",
            "wss://@x.livekit.cloud",
            "wss://x.livekit.cloud/?token=secret",
            "wss://x.livekit.cloud?",
            "wss://x.livekit.cloud#",
            "wss://x.livekit.cloud/#a",
            "wss://x.livekit.cloud:0",
            "wss://x.livekit.cloud:65536",
            "wss://x.livekit.cloud\n",
            "wss://x.live\tkit.cloud",
            "wss://x y.cloud",
            "wss://x/a b",
            "wss://x/a\\b",
            "wss://é.example",
            "wss://[::1",
            "wss://1.2.3.256",
        ] {
            let reason = livekit(wrong).expect_err(wrong);
            assert!(!reason.contains("secret"), "{reason}");
        }
    }

    #[test]
    fn what_has_no_tls_stays_on_this_machine() {
        for (schemes, secure, plain) in
            [(["https", "http"], "https", "http"), (["wss", "ws"], "wss", "ws")]
        {
            let read = |scheme: &str, host: &str| {
                protected_url(&format!("{scheme}://{host}"), &schemes).map(drop)
            };
            for host in ["localhost:1", "a.localhost", "127.0.0.1:1", "127.255.255.254", "[::1]:1"]
            {
                assert_eq!((read(plain, host), read(secure, host)), (Ok(()), Ok(())), "{host}");
            }
            for host in [
                "api.opentok.com",
                "localhost.example.org",
                "notlocalhost",
                "127.0.0.1.example.org",
                "128.0.0.1",
                "[::ffff:127.0.0.1]",
                "0.0.0.0",
            ] {
                assert!(read(secure, host).is_ok(), "{host}");
                let reason = read(plain, host).unwrap_err();
                assert_eq!(reason, format!("must be {secure}, except on localhost"));
            }
        }
    }

    #[test]
    fn what_browsers_connect_to_has_a_port_that_they_take() {
        let read = |text| server_url(text, &["wss"]).unwrap().for_browsers().map(drop);
        assert_eq!((read("wss://a.example"), read("wss://a.example:8443")), (Ok(()), Ok(())));
        assert_eq!(read("wss://a:6000").unwrap_err(), "browsers do not connect to port 6000");
    }

    #[test]
    fn an_origin_has_one_spelling_and_no_path() {
        for (text, origin) in [
            ("https://Calls.example.org:443/", "https://calls.example.org"),
            ("https://b.example:8443", "https://b.example:8443"),
            ("http://localhost:3000", "http://localhost:3000"),
        ] {
            assert_eq!(Origin::parse(text).unwrap().as_str(), origin);
        }
        for wrong in [
            "*",
            "null",
            "calls.example.org",
            "https://a.example/path",
            "https://a.example//",
            "https://a.example?x",
            "ftp://a.example",
            "https://u@a.example",
            "http://a.example",
            "https://a.example:6000",
            "https:a.example",
        ] {
            assert!(Origin::parse(wrong).is_err(), "{wrong}");
        }
    }
}
