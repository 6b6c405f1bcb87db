//! Whom the load is aimed at, and only them.

use url::{Host, Url};

use crate::Failure;

/// A service that may be put under load: on this machine, or on a host that was named twice.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    origin: String,
    is_local: bool,
}

impl Target {
    /// The service at `url`. Unless that is this machine, `allowed_host` has to name its host as
    /// well: what was copied from the wrong place shall not put load on somebody else.
    ///
    /// # Errors
    /// It is not the URL of a service, or its host was not allowed.
    pub(crate) fn new(url: &str, allowed_host: Option<&str>) -> Result<Self, Failure> {
        let not_a_service = || format!("--url {url}: such as https://loop.example.org");
        let parsed = Url::parse(url).map_err(|_| not_a_service())?;
        let has_more = !parsed.username().is_empty()
            || parsed.password().is_some()
            || parsed.query().is_some()
            || parsed.fragment().is_some();
        let host = parsed.host().filter(|_| !has_more && parsed.scheme().starts_with("http"));
        let host = host.ok_or_else(not_a_service)?;
        let is_local = match &host {
            Host::Domain(name) => *name == "localhost",
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
        };
        let host = host.to_string();
        let is_allowed = allowed_host.is_some_and(|allowed| allowed.eq_ignore_ascii_case(&host));
        if let Some(allowed) = allowed_host.filter(|_| !is_allowed) {
            return Err(format!("--url is at {host}, and --allow-host says {allowed}").into());
        }
        if !is_local && !is_allowed {
            return Err(format!(
                "{host} is not this machine. If it is yours to put load on, name it a second time: \
                 --allow-host {host}"
            )
            .into());
        }
        let origin = parsed.as_str().trim_end_matches('/').to_owned();
        Ok(Self { origin, is_local })
    }

    /// The URL of a path, which starts with `/`.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// Whether it is on this machine, so that it reaches servers of ours on `localhost`.
    pub(crate) fn is_local(&self) -> bool {
        self.is_local
    }

    /// What its URLs begin with.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_needs_no_permission() {
        for url in ["http://localhost:3000", "http://127.0.0.2:1/", "http://[::1]:3000"] {
            assert!(Target::new(url, None).unwrap().is_local(), "{url}");
        }
        let target = Target::new("http://localhost:3000/", None).unwrap();
        assert_eq!(target.url("/calls"), "http://localhost:3000/calls");
    }

    #[test]
    fn another_host_is_named_twice() {
        let url = "https://Staging.example.org/stage";
        let target = Target::new(url, Some("staging.Example.org")).unwrap();
        assert!(!target.is_local());
        assert_eq!(target.url("/calls"), "https://staging.example.org/stage/calls");
        for allowed in [None, Some("example.org"), Some("staging.example.org.evil.example")] {
            assert!(Target::new(url, allowed).is_err(), "{allowed:?}");
        }
    }

    #[test]
    fn what_only_looks_like_this_machine_is_another_host() {
        for url in [
            "http://localhost.example.org",
            "http://127.0.0.1.example.org",
            "http://10.0.0.1",
            "http://0.0.0.0:3000",
            "http://localhost@example.org",
            "http://[2001:db8::1]",
        ] {
            assert!(Target::new(url, None).is_err(), "{url}");
        }
    }

    #[test]
    fn a_service_is_a_plain_url() {
        for url in
            ["localhost:3000", "ftp://localhost", "http://localhost/?a", "http://u:p@localhost", ""]
        {
            assert!(Target::new(url, None).is_err(), "{url}");
        }
    }
}
