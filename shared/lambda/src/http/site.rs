//! The address of the service, and the other sites that may use it.

use loop_core::{
    Settings,
    setting::{self, Origin},
};

use super::{
    error::Error,
    request::{Request, domain_name},
};

/// The service's own origin, if it is configured, and the origins of other sites that may call it
/// from a browser with the callee's cookie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    public_origin: Option<Origin>,
    allowed_origins: Vec<Origin>,
}

impl Site {
    /// Reads `LOOP_PUBLIC_URL` (`https://calls.example.org`) and `LOOP_ALLOWED_ORIGINS`
    /// (`https://a.example,https://b.example`). Both are optional.
    pub fn from_settings(settings: &mut Settings<'_>) -> Option<Self> {
        let public_origin = settings.optional("LOOP_PUBLIC_URL", Origin::parse);
        let allowed_origins =
            settings.or("LOOP_ALLOWED_ORIGINS", Vec::new(), setting::list(Origin::parse));
        Some(Self { public_origin: public_origin?, allowed_origins: allowed_origins? })
    }

    /// Returns the origin that links start with: the configured one, or else the gateway's own
    /// domain name. It is never taken from a header, which the client could set.
    ///
    /// # Errors
    /// [`Error::Internal`]: there is neither.
    pub fn origin(&self, request: &Request) -> Result<String, Error> {
        if let Some(origin) = &self.public_origin {
            return Ok(origin.as_str().to_owned());
        }
        domain_name(request)
            .map(|domain| format!("https://{domain}"))
            .ok_or(Error::Internal { cause: "no LOOP_PUBLIC_URL and no domain name".into() })
    }

    /// Returns whether clients reach the service over TLS, which they do everywhere except on a
    /// developer's machine.
    pub fn is_secure(&self) -> bool {
        self.public_origin.as_ref().is_none_or(Origin::is_secure)
    }

    /// Returns whether another site is on the list. Origins are compared exactly, so neither `null`
    /// nor a prefix of an allowed origin is accepted.
    pub fn allows(&self, origin: &str) -> bool {
        self.allowed_origins.iter().any(|allowed| allowed.as_str() == origin)
    }

    /// Returns whether `origin` is the service's own, as configured, or on the list.
    pub fn is_own_or_allowed(&self, origin: &str) -> bool {
        self.public_origin.as_ref().is_some_and(|own| own.as_str() == origin) || self.allows(origin)
    }

    /// Returns whether the service's own origin is configured.
    pub fn has_public_origin(&self) -> bool {
        self.public_origin.is_some()
    }

    /// Returns whether any other site may use the service.
    pub fn has_allowed_origins(&self) -> bool {
        !self.allowed_origins.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(public_url: &str, allowed_origins: &str) -> Result<Site, String> {
        let mut settings = Settings::new(|name| match name {
            "LOOP_PUBLIC_URL" => Some(public_url.to_owned()),
            "LOOP_ALLOWED_ORIGINS" => Some(allowed_origins.to_owned()),
            _ => None,
        });
        let site = Site::from_settings(&mut settings);
        settings.finish(site).map_err(|faults| faults.to_string())
    }

    #[test]
    fn origins_are_compared_exactly() {
        let site =
            site("https://Calls.example.org:443/", "https://a.example, https://b.example:8443")
                .unwrap();
        assert!(site.is_own_or_allowed("https://calls.example.org"));
        assert!(site.is_secure());
        assert!(site.allows("https://a.example") && site.allows("https://b.example:8443"));
        for foreign in [
            "null",
            "",
            "https://a.example.evil.example",
            "http://a.example",
            "https://b.example",
            "*",
        ] {
            assert!(!site.allows(foreign), "{foreign}");
        }
    }

    #[test]
    fn what_is_not_an_origin_is_refused() {
        for wrong in [
            "*",
            "null",
            "calls.example.org",
            "https://a.example/path",
            "https://a.example?x",
            "ftp://a.example",
            "https://u@a.example",
        ] {
            assert!(site(wrong, "").unwrap_err().contains("LOOP_PUBLIC_URL: "), "{wrong}");
            assert!(site("", wrong).unwrap_err().contains("LOOP_ALLOWED_ORIGINS: "), "{wrong}");
        }
        assert!(site("http://a.example", "").unwrap_err().contains("must be https"));
        assert!(!site("http://localhost:3000", "").unwrap().is_secure());
    }
}
