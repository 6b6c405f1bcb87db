//! The URL of a STUN or TURN server, in the form that every browser accepts.

use std::{
    fmt,
    net::{Ipv4Addr, Ipv6Addr},
};

use loop_core::{
    Reason,
    setting::{is_blocked_by_browsers, port},
};
use serde::{Serialize, Serializer};
use url::Host;

/// The longest name in the Domain Name System, as text (RFC 1035, section 2.3.4).
const NAME_MAX_BYTES: usize = 253;
/// The longest part of a name between two dots (RFC 1035, section 2.3.4).
const LABEL_MAX_BYTES: usize = 63;

/// A URL that Firefox and Chromium accept in `RTCIceServer.urls`, and that leads to a server.
///
/// The syntax is that of RFC 7064, section 3.1, and RFC 7065, section 3.1. A browser that refuses
/// one URL refuses the whole configuration, so a URL that only one of the browsers accepts is
/// refused: `stuns:` and the ports that the Fetch standard blocks (Firefox), `h:` and a single `?`
/// (Chromium). A URL that both accept and neither can reach, such as `stun:3478`, is refused, too.
/// `tools/browser-tests/ice-urls.json` is the table of such URLs that the browsers are tested with.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct IceUrl(String);

/// The protocol of a server.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    Stun,
    Turn,
}

impl IceUrl {
    /// Reads the URL of a server of `protocol`.
    pub(super) fn parse(text: &str, protocol: Protocol) -> Result<Self, Reason> {
        let (scheme, rest) = text.split_once(':').ok_or_else(|| protocol.example())?;
        let scheme = protocol.scheme(scheme)?;
        let (authority, transport) = match rest.split_once('?') {
            None => (rest, ""),
            Some((authority, query)) => (authority, protocol.transport(query)?),
        };
        if authority.contains(['/', '\\', '#', '@']) {
            return Err("must have no slashes, no fragment and no user: `stun:host:port`".into());
        }
        let (host, after_host) = split_host(authority)?;
        let port_number = match after_host.strip_prefix(':') {
            None => String::new(),
            Some(number) => format!(":{}", usable_port(number)?),
        };
        let transport =
            if transport.is_empty() { String::new() } else { format!("?transport={transport}") };
        Ok(Self(format!("{scheme}:{host}{port_number}{transport}")))
    }
}

impl Protocol {
    fn example(self) -> Reason {
        match self {
            Self::Stun => "must be a URL such as stun:stun.example.org:3478".into(),
            Self::Turn => "must be a URL such as turn:turn.example.org:3478?transport=udp".into(),
        }
    }

    /// Reads a scheme of the protocol. Case does not matter.
    fn scheme(self, text: &str) -> Result<&'static str, Reason> {
        let is = |scheme: &str| text.eq_ignore_ascii_case(scheme);
        match self {
            Self::Stun if is("stun") => Ok("stun"),
            Self::Stun if is("stuns") => Err("stuns: is a scheme that Firefox refuses".into()),
            Self::Turn if is("turn") => Ok("turn"),
            Self::Turn if is("turns") => Ok("turns"),
            _ => Err(self.example()),
        }
    }

    /// Reads the transport from the query, which may contain nothing else.
    fn transport(self, query: &str) -> Result<&'static str, Reason> {
        match (self, query) {
            (Self::Stun, _) => Err("a stun: URL has no query: only turn: has ?transport=".into()),
            (Self::Turn, "transport=udp") => Ok("udp"),
            (Self::Turn, "transport=tcp") => Ok("tcp"),
            (Self::Turn, _) => {
                Err("after `?` there can only be transport=udp or transport=tcp".into())
            }
        }
    }
}

impl fmt::Debug for IceUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, formatter)
    }
}

impl Serialize for IceUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// Splits an authority into the host and the rest, which is empty or a colon and the port.
fn split_host(authority: &str) -> Result<(&str, &str), Reason> {
    if let Some(rest) = authority.strip_prefix('[') {
        let (address, after) = rest.split_once(']').ok_or("`]` is missing after the address")?;
        match address.parse::<Ipv6Addr>() {
            Ok(address) if !address.is_unspecified() => {}
            _ => return Err("between `[` and `]` there must be the IPv6 address of a host".into()),
        }
        if !after.is_empty() && !after.starts_with(':') {
            return Err("after `]` there can only be a colon and a port".into());
        }
        return Ok((&authority[..address.len() + 2], after));
    }
    let (host, after) = authority.split_at(authority.find(':').unwrap_or(authority.len()));
    if after[usize::from(!after.is_empty())..].contains(':') {
        return Err("an IPv6 address must stand between `[` and `]`".into());
    }
    if !is_reachable(host) {
        return Err("the host must be a name or an address that can be looked up".into());
    }
    Ok((host, after))
}

/// Returns whether `host` is a name that can be looked up, or an IPv4 address in its usual
/// spelling. Firefox reads a name that ends in a number as an address, and Chromium as a name.
/// Underscores and a final dot are allowed: both browsers accept them, and some existing hosts have
/// them.
fn is_reachable(host: &str) -> bool {
    if let Ok(address) = host.parse::<Ipv4Addr>() {
        return !address.is_unspecified() && !address.is_broadcast() && !address.is_multicast();
    }
    let name = host.strip_suffix('.').unwrap_or(host);
    let is_label = |label: &str| {
        (1..=LABEL_MAX_BYTES).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    name.len() <= NAME_MAX_BYTES
        && name.split('.').all(is_label)
        // The URL standard refuses numbers in any notation, and labels that only look like those of
        // an internationalised name.
        && matches!(Host::parse(host), Ok(Host::Domain(_)))
}

/// Reads a port that no browser blocks.
fn usable_port(text: &str) -> Result<u16, Reason> {
    let number = port(text)?;
    if is_blocked_by_browsers(number) {
        return Err(format!("Firefox does not connect to port {number}").into());
    }
    Ok(number)
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    /// Reads the table of URLs that the browsers are tested with, too.
    fn table() -> Value {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"));
        let text = fs::read_to_string(path.join("../../tools/browser-tests/ice-urls.json"));
        serde_json::from_str(&text.unwrap()).unwrap()
    }

    fn urls<'a>(table: &'a Value, kind: &str) -> impl Iterator<Item = &'a str> {
        let urls = table[kind].as_array().unwrap().iter();
        urls.map(|url| url.as_str().unwrap())
    }

    fn read(text: &str) -> Result<IceUrl, Reason> {
        IceUrl::parse(text, Protocol::Stun).or_else(|_| IceUrl::parse(text, Protocol::Turn))
    }

    #[test]
    fn what_every_browser_takes_is_taken() {
        let table = table();
        for url in urls(&table, "accepted") {
            let IceUrl(canonical) = read(url).expect(url);
            assert_eq!(read(&canonical), Ok(IceUrl(canonical.clone())), "{url}");
        }
    }

    #[test]
    fn what_a_browser_refuses_is_refused() {
        let table = table();
        for kind in ["refused by a browser", "taken by browsers, but of no use"] {
            for url in urls(&table, kind) {
                assert!(read(url).is_err(), "{url:?}");
            }
        }
    }

    #[test]
    fn every_port_is_taken_but_those_that_firefox_blocks() {
        let taken = (0..=65_535).filter(|port| read(&format!("turn:h.example:{port}")).is_ok());
        assert_eq!(taken.count(), 65_536 - 82);
    }

    #[test]
    fn a_url_has_one_spelling() {
        for (text, canonical) in [
            ("STUN:h.example:03478", "stun:h.example:3478"),
            ("TURNS:[2001:DB8::1]:443?transport=tcp", "turns:[2001:DB8::1]:443?transport=tcp"),
            ("turn:h.example.", "turn:h.example."),
        ] {
            assert_eq!(read(text), Ok(IceUrl(canonical.to_owned())));
        }
    }

    #[test]
    fn each_protocol_has_schemes_of_its_own() {
        for (text, protocol) in [
            ("turn:h.example", Protocol::Stun),
            ("turns:h.example", Protocol::Stun),
            ("stun:h.example", Protocol::Turn),
        ] {
            assert!(IceUrl::parse(text, protocol).unwrap_err().starts_with("must be a URL such"));
        }
    }

    proptest! {
        #[test]
        fn reading_never_panics(text in "((stun|turns?):)?[\\[\\]:.?a-f0-9\\PC]{0,40}") {
            let _ = read(&text);
        }
    }
}
