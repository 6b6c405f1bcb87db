//! A push URL that may be called.

use std::fmt;

use loop_core::{PushService, Reason, limits::PUSH_URL_MAX_BYTES};
use url::{Host, Url};

use crate::PushPolicy;

/// A URL that may be called under a [`PushPolicy`]. A client that knows the URL can wake the
/// device, so `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct PushUrl(Url);

impl PushUrl {
    /// Reads `text` as a URL (<https://url.spec.whatwg.org>) and checks it: at most
    /// [`PUSH_URL_MAX_BYTES`], `https`, a host name and a port that the policy allows, no user
    /// name, no password, no fragment. If the policy has `localhost`, plain `http` to `localhost`,
    /// `127.0.0.1` and `[::1]` is allowed too, with any port.
    ///
    /// # Errors
    /// The first rule that the URL breaks, in words for the client's developer.
    pub fn parse(text: &str, policy: &PushPolicy) -> Result<Self, Reason> {
        check_length(text)?;
        let url = Url::parse(text).map_err(|_| "must be a URL")?;
        // The canonical form is stored, and escapes can make it longer than `text`.
        check_length(url.as_str())?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err("must not have a user name or a password".into());
        }
        if url.fragment().is_some() {
            return Err("must not have a fragment".into());
        }
        if policy.allows_localhost() && is_plain_loopback(&url) {
            return Ok(Self(url));
        }
        if url.scheme() != "https" {
            return Err("must be an https URL".into());
        }
        // A URL with `https` always has a port, since the scheme has a default.
        let port = url.port_or_known_default().unwrap_or_default();
        match url.host() {
            Some(Host::Domain(name)) if policy.allows(name, port) => Ok(Self(url)),
            Some(Host::Domain(name)) if policy.names(name) => {
                Err("its port is not one that is allowed for its host".into())
            }
            Some(Host::Domain(_)) => Err("its host is not one of the allowed push services".into()),
            // No resolver sees addresses, so this is the only place that can refuse them.
            _ => Err("its host must be a name, not an IP address".into()),
        }
    }

    /// Returns the canonical spelling, which is stored, hashed and called.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Returns the scheme, the host, and the port if it is not the default one (RFC 6454, section
    /// 6.2).
    pub(crate) fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }

    /// Returns the URL in the type of the HTTP client.
    pub(crate) fn to_url(&self) -> Url {
        self.0.clone()
    }
}

impl fmt::Debug for PushUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PushUrl(hidden)")
    }
}

/// Returns the push service that a stored push URL belongs to.
pub fn push_service(url: &str) -> PushService {
    let url = Url::parse(url).ok();
    PushService::of_host(url.as_ref().and_then(Url::host_str).unwrap_or_default())
}

fn check_length(text: &str) -> Result<(), Reason> {
    if text.len() > PUSH_URL_MAX_BYTES {
        return Err(format!("at most {PUSH_URL_MAX_BYTES} bytes").into());
    }
    Ok(())
}

/// Returns whether the URL is plain `http` to one of the three usual names of this machine. Other
/// addresses in 127.0.0.0/8 can be other services.
fn is_plain_loopback(url: &Url) -> bool {
    let is_this_machine = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address == std::net::Ipv4Addr::LOCALHOST,
        Some(Host::Ipv6(address)) => address == std::net::Ipv6Addr::LOCALHOST,
        None => false,
    };
    url.scheme() == "http" && is_this_machine
}

#[cfg(test)]
mod tests {
    use loop_core::Settings;
    use proptest::prelude::*;

    use super::*;

    fn policy(hosts: &str) -> PushPolicy {
        let mut settings =
            Settings::new(|name| (name == "LOOP_PUSH_HOSTS").then(|| hosts.to_owned()));
        let policy = PushPolicy::from_settings(&mut settings);
        settings.finish(policy).unwrap()
    }

    fn reason(text: &str, policy: &PushPolicy) -> Reason {
        PushUrl::parse(text, policy).expect_err(text)
    }

    const NOT_ALLOWED: &str = "its host is not one of the allowed push services";
    const BAD_PORT: &str = "its port is not one that is allowed for its host";
    const NOT_A_NAME: &str = "its host must be a name, not an IP address";

    #[test]
    fn urls_of_the_browsers_push_services_are_accepted_and_kept_as_they_are() {
        let policy = PushPolicy::default();
        for text in [
            "https://updates.push.services.mozilla.com/wpush/v2/gAAAAABk-x_y",
            "https://fcm.googleapis.com/fcm/send/eX-a:APA91b_c",
            "https://fcm.googleapis.com/wp/eX-a:APA91b_c",
            "https://jmt17.google.com/fcm/send/a:b",
            "https://wns2-by3p.notify.windows.com/w/?token=BQYAAAD%2fa%3d",
            "https://web.push.apple.com/QGuQyavXutnMH",
        ] {
            assert_eq!(PushUrl::parse(text, &policy).unwrap().as_str(), text);
        }
    }

    /// The metrics of the browsers' push services: tests with real pings reach none of them.
    #[test]
    fn pings_to_browsers_are_counted_by_the_service() {
        for (url, service) in [
            ("https://updates.push.services.mozilla.com/wpush/v2/gAAAAABk", PushService::Mozilla),
            ("https://fcm.googleapis.com/fcm/send/eX-a:APA91b_c", PushService::Google),
            ("https://jmt17.google.com/fcm/send/a:b", PushService::Google),
            ("https://web.push.apple.com/QGuQyavXutnMH", PushService::Apple),
            ("https://wns2-by3p.notify.windows.com/w/?token=BQ", PushService::Windows),
            ("http://localhost:3000/bob", PushService::Other),
            ("https://push.example.org/web.push.apple.com", PushService::Other),
            ("no URL", PushService::Other),
        ] {
            assert_eq!(push_service(url), service, "{url}");
        }
    }

    #[test]
    fn one_url_has_one_spelling() {
        for text in [
            "HTTPS://FCM.googleapis.COM:443/a",
            "https://@fcm.googleapis.com/x/../a",
            " https://fcm.googleapis.com\\a\n",
            "https:fcm.googleapis.com/a",
            "https://ｆｃｍ.googleapis。com/a",
            "https://%66cm.googleapis.com/a",
        ] {
            let url = PushUrl::parse(text, &PushPolicy::default()).unwrap();
            assert_eq!(url.as_str(), "https://fcm.googleapis.com/a", "{text:?}");
        }
    }

    #[test]
    fn every_refusal_says_why() {
        let policy = policy("push.example.org,*.example.net");
        for (text, expected) in [
            ("", "must be a URL"),
            ("push.example.org/a", "must be a URL"),
            ("https://", "must be a URL"),
            ("http://push.example.org/a", "must be an https URL"),
            ("ftp://push.example.org/a", "must be an https URL"),
            ("file:///etc/passwd", "must be an https URL"),
            ("data:,x", "must be an https URL"),
            ("http://localhost:8000/a", "must be an https URL"),
            ("https://push.example.org:8443/a", BAD_PORT),
            ("https://push.example.org:80/a", BAD_PORT),
            ("https://a.example.net:8443/a", BAD_PORT),
            ("https://example.org:8443/a", NOT_ALLOWED),
            ("https://bob@push.example.org/", "must not have a user name or a password"),
            ("https://:x@push.example.org/", "must not have a user name or a password"),
            ("https://push.example.org@127.0.0.1/", "must not have a user name or a password"),
            ("https://push.example.org/a#b", "must not have a fragment"),
            ("https://push.example.org/a#", "must not have a fragment"),
            ("https://example.org/", NOT_ALLOWED),
            ("https://example.net/", NOT_ALLOWED),
            ("https://push.example.org./", NOT_ALLOWED),
            ("https://a.example.net./", NOT_ALLOWED),
            ("https://.example.net/", NOT_ALLOWED),
            ("https://a_b.example.net/", NOT_ALLOWED),
            ("https://localhost/", NOT_ALLOWED),
            ("https://localhost./", NOT_ALLOWED),
            ("https://a.localhost/", NOT_ALLOWED),
        ] {
            assert_eq!(reason(text, &policy), expected, "{text}");
        }
    }

    #[test]
    fn a_port_that_the_operator_names_is_called_and_no_other() {
        let policy = policy("push.kaiostech.com:8443,*.example.net:8443");
        for text in ["https://push.kaiostech.com:8443/wpush/v2/abc", "https://a.example.net:8443/a"]
        {
            let url = PushUrl::parse(text, &policy).unwrap();
            assert_eq!(url.as_str(), text);
            assert!(url.origin().ends_with(":8443"), "the audience of a VAPID token has the port");
        }
        for (text, expected) in [
            ("https://push.kaiostech.com/wpush/v2/abc", BAD_PORT),
            ("https://push.kaiostech.com:8444/wpush/v2/abc", BAD_PORT),
            ("http://push.kaiostech.com:8443/wpush/v2/abc", "must be an https URL"),
            ("https://kaiostech.com:8443/wpush/v2/abc", NOT_ALLOWED),
            ("https://127.0.0.1:8443/wpush/v2/abc", NOT_A_NAME),
        ] {
            assert_eq!(reason(text, &policy), expected, "{text}");
        }
    }

    #[test]
    fn no_spelling_of_an_address_passes() {
        for policy in [PushPolicy::default(), policy("localhost,push.example.org")] {
            for host in [
                "127.0.0.1",
                "127.1",
                "2130706433",
                "0x7f000001",
                "0x7f.1",
                "0177.0.0.01",
                "127.0.0.1.",
                "１２７.0.0.1",
                "127。0。0。1",
                "%31%32%37.0.0.1",
                "169.254.169.254",
                "8.8.8.8",
                "[::1]",
                "[::ffff:127.0.0.1]",
                "[0:0:0:0:0:0:7f00:1]",
                "[2606:4700::1111]",
            ] {
                assert_eq!(reason(&format!("https://{host}/"), &policy), NOT_A_NAME, "{host}");
            }
        }
    }

    #[test]
    fn plain_loopback_needs_the_localhost_entry() {
        let local = policy("localhost");
        for text in [
            "http://localhost:8000/a",
            "http://127.0.0.1:8000/a",
            "http://[::1]:8000/a",
            "http://localhost/a",
        ] {
            assert_eq!(PushUrl::parse(text, &local).unwrap().as_str(), text);
            assert_eq!(reason(text, &PushPolicy::default()), "must be an https URL");
        }
        for text in [
            "http://127.0.0.2:8000/",
            "http://0.0.0.0:8000/",
            "http://[::ffff:127.0.0.1]:8000/",
            "http://a.localhost:8000/",
            "http://localhost.:8000/",
            "http://10.0.0.1/",
            "http://fcm.googleapis.com/",
        ] {
            assert_eq!(reason(text, &local), "must be an https URL", "{text}");
        }
        assert_eq!(
            reason("http://bob@localhost:8000/", &local),
            "must not have a user name or a password"
        );
        assert_eq!(reason("https://fcm.googleapis.com/a", &local), NOT_ALLOWED);
    }

    #[test]
    fn the_bound_holds_for_what_comes_in_and_for_what_is_stored() {
        let policy = policy("push.example.org");
        let base = "https://push.example.org/";
        let fits = format!("{base}{}", "a".repeat(PUSH_URL_MAX_BYTES - base.len()));
        assert_eq!(PushUrl::parse(&fits, &policy).unwrap().as_str().len(), PUSH_URL_MAX_BYTES);
        assert_eq!(reason(&format!("{fits}a"), &policy), "at most 2048 bytes");
        let grows = format!("{base}{}", "é".repeat(400));
        assert_eq!(reason(&grows, &policy), "at most 2048 bytes");
    }

    #[test]
    fn an_origin_has_its_port_only_where_it_is_not_the_default() {
        let policy = policy("localhost,push.example.org");
        for (text, origin) in [
            ("https://push.example.org:443/a?b", "https://push.example.org"),
            ("http://localhost:8000/a", "http://localhost:8000"),
            ("http://localhost:80/a", "http://localhost"),
            ("http://[::1]:8000/a", "http://[::1]:8000"),
        ] {
            assert_eq!(PushUrl::parse(text, &policy).unwrap().origin(), origin);
        }
    }

    #[test]
    fn debug_does_not_show_the_url() {
        let url = PushUrl::parse("https://fcm.googleapis.com/secret", &PushPolicy::default());
        assert_eq!(format!("{:?}", url.unwrap()), "PushUrl(hidden)");
    }

    proptest! {
        #[test]
        fn reading_a_url_never_panics(text in "(https?://)?\\PC*") {
            let _ = PushUrl::parse(&text, &policy("localhost,*.example.org"));
        }

        #[test]
        fn what_is_accepted_is_accepted_again_unchanged(
            host in "(a\\.example\\.org|[a-zA-Z0-9.%-]{0,8}\\.example\\.org|localhost|127\\.1)",
            scheme in "(https|http|HTTPS)",
            rest in "(:443|:80|:8000)?[/\\\\?]\\PC{0,40}",
        ) {
            let policy = policy("localhost,*.example.org");
            let text = format!("{}://{}{}", scheme, host, rest);
            if let Ok(url) = PushUrl::parse(&text, &policy) {
                prop_assert!(url.as_str().is_ascii());
                prop_assert_eq!(PushUrl::parse(url.as_str(), &policy), Ok(url));
            }
        }
    }
}
