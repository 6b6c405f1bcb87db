//! Names of hosts.

use std::{fmt, net::Ipv4Addr};

use url::Host;

use crate::Reason;

/// The longest name in the Domain Name System, as text (RFC 1035, section 2.3.4).
const NAME_MAX_BYTES: usize = 253;
/// The longest part of a name between two dots (RFC 1035, section 2.3.4).
const LABEL_MAX_BYTES: usize = 63;

/// Ends of names that no public name server knows: RFC 2606, section 2, RFC 6761, RFC 6762, RFC
/// 7686, RFC 8375, RFC 9476, and the one that ICANN keeps for private use.
const SPECIAL_USE: [&str; 9] =
    ["alt", "example", "home.arpa", "internal", "invalid", "local", "localhost", "onion", "test"];

/// The name of a host, in lower case, without a dot after it: letters, digits and hyphens between
/// dots (RFC 1123, section 2.1), and no spelling of an address.
#[derive(Clone, PartialEq, Eq)]
pub struct HostName(String);

impl HostName {
    /// Reads a name with dots that a public name server can know.
    ///
    /// # Errors
    /// It is an address, has no dot, or is in a domain for special use ([`is_special_use`]).
    pub fn public(text: &str) -> Result<Self, Reason> {
        if text.parse::<Ipv4Addr>().is_ok() || text.starts_with('[') {
            return Err("is an IP address, not a host name".into());
        }
        let name = text.to_ascii_lowercase();
        if !is_host_name(&name) || !name.contains('.') {
            return Err("is not a full host name such as push.example.org".into());
        }
        if is_special_use(&name) {
            return Err("is not in the public Domain Name System".into());
        }
        Ok(Self(name))
    }

    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for HostName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, formatter)
    }
}

/// Returns whether a name in lower case is in a domain that no public name server knows, such as
/// `localhost` or `printer.local`.
pub fn is_special_use(name: &str) -> bool {
    SPECIAL_USE.iter().any(|domain| {
        name.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    })
}

/// Returns whether `text` is the name of a host. The URL parser must read it as this very name,
/// which excludes every spelling of an address, and labels that only look like those of
/// internationalised names.
fn is_host_name(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=LABEL_MAX_BYTES).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
    };
    text.len() <= NAME_MAX_BYTES
        && text.split('.').all(is_label)
        && matches!(Host::parse(text), Ok(Host::Domain(name)) if name == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_name_is_one_that_name_servers_know() {
        for (text, name) in [
            ("push.example.org", "push.example.org"),
            ("Push.Example.ORG", "push.example.org"),
            ("xn--bcher-kva.de", "xn--bcher-kva.de"),
            ("a--b.example.org", "a--b.example.org"),
            ("1.example.org", "1.example.org"),
        ] {
            assert_eq!(HostName::public(text).unwrap().as_str(), name);
        }
        let long_label = format!("{}.org", "a".repeat(64));
        let long_name = format!("{}example.org", "label12.".repeat(31));
        for wrong in [
            "",
            ".",
            "org",
            "localhost",
            "a.org.",
            ".a.org",
            "a..org",
            "-a.org",
            "a-.org",
            "a_b.org",
            "a b.org",
            "a.org:443",
            "a/b.org",
            "bücher.de",
            "xn--a.org",
            "127.0.0.1",
            "127.1",
            "0x7f.1",
            "2130706433",
            "a.1",
            "[::1]",
            "::1",
            "a.localhost",
            "a.local",
            "a.invalid",
            "a.example",
            "a.test",
            "router.home.arpa",
            "db.internal",
            "a.onion",
            &long_label,
            &long_name,
        ] {
            assert!(HostName::public(wrong).is_err(), "{wrong}");
        }
        assert!(!is_special_use("latest") && !is_special_use("mylocal") && is_special_use("local"));
    }
}
