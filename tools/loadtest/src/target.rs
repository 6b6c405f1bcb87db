//! The only service that gets load.

use load::BoxError;
use loop_core::setting::server_url;
use url::{Host, Url};

/// A service that may get load: on this machine, or on a host that was named twice.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// The prefix of its URLs, without a slash at the end.
    pub(crate) url: String,
    /// True if it is on this machine, so that it reaches the push receiver on `localhost`.
    pub(crate) is_local: bool,
}

impl Target {
    /// Builds the target at `url`. Unless that is this machine, `allowed_host` has to name its host
    /// as well, so that a URL from the wrong place puts no load on another service. Fails, if `url`
    /// is not the URL of a service, or its host was not allowed.
    pub(crate) fn new(url: &str, allowed_host: Option<&str>) -> Result<Self, BoxError> {
        let server = server_url(url, &["http", "https"]);
        let server = server.map_err(|reason| format!("--url {url}: {reason}"))?;
        let parsed = Url::parse(server.as_str())?;
        let host = parsed.host().ok_or("--url has no host")?;
        let is_local = match &host {
            Host::Domain(name) => *name == "localhost",
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
        };
        let host = host.to_string();
        match allowed_host {
            Some(allowed) if !allowed.eq_ignore_ascii_case(&host) => {
                Err(format!("--url is at {host}, and --allow-host says {allowed}").into())
            }
            None if !is_local => Err(format!(
                "{host} is not this machine. If it is yours to put load on, name it a second time: \
                 --allow-host {host}"
            )
            .into()),
            _ => Ok(Self { url: server.as_str().to_owned(), is_local }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asserts that no URL of a list is a target without permission.
    fn expect_refused(urls: &str) {
        for url in urls.split_whitespace() {
            assert!(Target::new(url, None).is_err(), "{url}");
        }
    }

    #[test]
    fn this_machine_needs_no_permission() {
        for url in ["http://localhost:3000", "http://127.0.0.2:1", "http://[::1]:3000"] {
            let target = Target::new(&format!("{url}/"), None).unwrap();
            assert!(target.is_local, "{url}");
            assert_eq!(target.url, url);
        }
    }

    #[test]
    fn another_host_is_named_twice() {
        let url = "https://Staging.example.org/stage";
        let target = Target::new(url, Some("staging.Example.org")).unwrap();
        assert!(!target.is_local);
        assert_eq!(target.url, "https://staging.example.org/stage");
        for allowed in [None, Some("example.org"), Some("staging.example.org.evil.example")] {
            assert!(Target::new(url, allowed).is_err(), "{allowed:?}");
        }
    }

    #[test]
    fn what_only_looks_like_this_machine_is_another_host() {
        expect_refused("http://localhost.example.org http://127.0.0.1.example.org http://10.0.0.1");
        expect_refused("http://0.0.0.0:3000 http://localhost@example.org http://[2001:db8::1]");
    }

    #[test]
    fn a_service_is_a_plain_url() {
        expect_refused("localhost:3000 ftp://localhost http://localhost/?a http://u:p@localhost");
        assert!(Target::new("", None).is_err());
    }
}
