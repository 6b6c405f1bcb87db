//! Which hosts may be called: a list of the operator's, by default the browsers' push services.

use std::net::Ipv4Addr;

use loop_core::{Reason, Settings};
use url::Host;

/// The setting that holds the list.
const SETTING: &str = "LOOP_PUSH_HOSTS";
/// Set by Lambda in the environment of every function, and by nobody else.
const SET_ON_LAMBDA: &str = "AWS_LAMBDA_INITIALIZATION_TYPE";
/// The entry that opens the loopback addresses.
const LOCALHOST: &str = "localhost";
/// The longest name in the Domain Name System, as text (RFC 1035, section 2.3.4).
const HOST_MAX_BYTES: usize = 253;
/// The longest part of a name between two dots (RFC 1035, section 2.3.4).
const LABEL_MAX_BYTES: usize = 63;

/// The push services of the browsers, allowed unless `LOOP_PUSH_HOSTS` says otherwise:
///
/// - Firefox: `updates.push.services.mozilla.com` is the endpoint in the documentation of autopush,
///   <https://mozilla-services.github.io/autopush-rs/>; Mozilla keeps other deployments of it in
///   the same zone.
/// - Chrome and most browsers made from it: `push_messaging_constants.cc` in Chromium's
///   `components/push_messaging`.
/// - Edge on Windows: "always ensures that the channel URI uses the domain notify.windows.com",
///   overview of the Windows Push Notification Services on learn.microsoft.com. The names are below
///   that domain, and "subject to change".
/// - Safari: "allow access for `https://*.push.apple.com`", *Sending web push notifications in web
///   apps and browsers* on developer.apple.com; today it is `web.push.apple.com`.
pub const BROWSER_PUSH_SERVICES: [&str; 4] = [
    "*.push.services.mozilla.com",
    "fcm.googleapis.com",
    "*.notify.windows.com",
    "*.push.apple.com",
];

/// The hosts that may be called.
///
/// Written as host names separated by commas. `*.example.org` allows every name below
/// `example.org`, at any depth, but not `example.org` itself. `localhost` allows
/// `http://localhost:PORT`, `http://127.0.0.1:PORT` and `http://[::1]:PORT`; it is for the local
/// server alone, and refused on Lambda, where the loopback addresses are the Runtime API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushPolicy {
    hosts: Vec<HostPattern>,
    allows_localhost: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum HostPattern {
    /// This host.
    Exactly(String),
    /// Every host whose name ends in this text, which begins with a dot.
    Below(String),
}

impl PushPolicy {
    /// Reads `LOOP_PUSH_HOSTS`. `None` when it is faulty, which `settings` then reports.
    pub fn from_settings(settings: &mut Settings<'_>) -> Option<Self> {
        let is_on_lambda = settings.optional(SET_ON_LAMBDA, |_| Ok(()))?.is_some();
        settings.or(SETTING, Self::default(), |list| Self::parse(list, is_on_lambda))
    }

    /// Whether requests may go to `host`, which is a name, not an address.
    pub(crate) fn allows(&self, host: &str) -> bool {
        is_host_name(host) && self.hosts.iter().any(|pattern| pattern.matches(host))
    }

    /// Whether plain `http` to a loopback address is allowed.
    pub(crate) fn allows_localhost(&self) -> bool {
        self.allows_localhost
    }

    fn parse(list: &str, is_on_lambda: bool) -> Result<Self, Reason> {
        let mut policy = Self { hosts: Vec::new(), allows_localhost: false };
        for entry in list.split(',').map(|entry| entry.trim().to_ascii_lowercase()) {
            match entry.as_str() {
                LOCALHOST if is_on_lambda => {
                    return Err("`localhost` is for the local server alone, not for Lambda".into());
                }
                LOCALHOST => policy.allows_localhost = true,
                entry => {
                    check_entry(entry)?;
                    policy.hosts.push(HostPattern::new(entry));
                }
            }
        }
        Ok(policy)
    }
}

impl Default for PushPolicy {
    /// Allows [`BROWSER_PUSH_SERVICES`].
    fn default() -> Self {
        let hosts = BROWSER_PUSH_SERVICES.map(HostPattern::new).to_vec();
        Self { hosts, allows_localhost: false }
    }
}

impl HostPattern {
    /// The pattern that a checked entry means.
    fn new(entry: &str) -> Self {
        match entry.strip_prefix('*') {
            Some(suffix) => Self::Below(suffix.to_owned()),
            None => Self::Exactly(entry.to_owned()),
        }
    }

    fn matches(&self, host: &str) -> bool {
        match self {
            Self::Exactly(name) => host == name,
            Self::Below(suffix) => host.ends_with(suffix),
        }
    }
}

fn check_entry(entry: &str) -> Result<(), Reason> {
    let name = entry.strip_prefix("*.").unwrap_or(entry);
    let fault = if entry.is_empty() {
        "an entry is empty"
    } else if name.contains('*') {
        "`*` stands only for what is before the first dot: `*.example.org`"
    } else if name.contains(['/', ':', '@', '[']) {
        "an entry is a host name alone, without scheme, port or path"
    } else if name.parse::<Ipv4Addr>().is_ok() {
        "an entry is an IP address: only host names can be allowed"
    } else if !is_host_name(name) {
        "an entry is not a full host name: `push.example.org`"
    } else {
        return Ok(());
    };
    Err(fault.into())
}

/// A name that can be public: several labels of lower-case letters, digits and hyphens, none of
/// them empty, so also none after a last dot, and not below `localhost` (RFC 6761, section 6.3).
/// That the URL parser reads the name as just this name excludes every spelling of an address.
fn is_host_name(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=LABEL_MAX_BYTES).contains(&label.len())
            && label.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
    };
    text.len() <= HOST_MAX_BYTES
        && text.contains('.')
        && text.split('.').all(is_label)
        && !text.ends_with(".localhost")
        && matches!(Host::parse(text), Ok(Host::Domain(name)) if name == text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn policy(list: &str) -> Result<PushPolicy, Reason> {
        PushPolicy::parse(list, false)
    }

    #[test]
    fn the_browsers_push_services_are_the_default() {
        let policy = PushPolicy::default();
        for host in [
            "updates.push.services.mozilla.com",
            "updates-autopush.push.services.mozilla.com",
            "fcm.googleapis.com",
            "wns2-by3p.notify.windows.com",
            "db5p.notify.windows.com",
            "web.push.apple.com",
            "api.push.apple.com",
        ] {
            assert!(policy.allows(host), "{host}");
        }
        for host in [
            "push.services.mozilla.com",
            "notify.windows.com",
            "push.apple.com",
            "storage.googleapis.com",
            "evil-fcm.googleapis.com",
            "fcm.googleapis.com.example.org",
            "example.org",
        ] {
            assert!(!policy.allows(host), "{host}");
        }
        assert!(!policy.allows_localhost());
        let written_out = BROWSER_PUSH_SERVICES.join(",");
        assert_eq!(PushPolicy::parse(&written_out, true), Ok(policy));
    }

    #[test]
    fn a_wildcard_is_for_names_below_and_not_for_the_name_itself() {
        let policy = policy("*.example.org, Push.Example.COM").unwrap();
        for (host, expected) in [
            ("a.example.org", true),
            ("a.b.example.org", true),
            ("example.org", false),
            (".example.org", false),
            ("a..example.org", false),
            ("a.example.org.", false),
            ("notexample.org", false),
            ("push.example.com", true),
            ("a.push.example.com", false),
            ("example.com", false),
        ] {
            assert_eq!(policy.allows(host), expected, "{host}");
        }
        let long_name = format!("{}a.example.org", "label123.".repeat(27));
        assert_eq!((long_name.len(), policy.allows(&long_name)), (256, false));
        let longest_label = format!("{}.example.org", "a".repeat(63));
        assert!(policy.allows(&longest_label));
        assert!(!policy.allows(&format!("a{longest_label}")));
    }

    #[test]
    fn every_fault_says_which_kind_it_is() {
        for (list, fault) in [
            ("a.org,,b.org", "an entry is empty"),
            ("a.org,", "an entry is empty"),
            ("*", "`*` stands only"),
            ("*.*.org", "`*` stands only"),
            ("a*.org", "`*` stands only"),
            ("https://a.org", "without scheme, port or path"),
            ("a.org:443", "without scheme, port or path"),
            ("[::1]", "without scheme, port or path"),
            ("127.0.0.1", "only host names"),
            ("*.com", "not a full host name"),
            ("org", "not a full host name"),
            ("a.org.", "not a full host name"),
            ("a.localhost", "not a full host name"),
            ("127.1", "not a full host name"),
            ("0x7f.0x1", "not a full host name"),
            ("bücher.example", "not a full host name"),
            ("a b.org", "not a full host name"),
        ] {
            let reason = policy(list).unwrap_err();
            assert!(reason.contains(fault), "{list}: {reason}");
        }
    }

    #[test]
    fn localhost_is_allowed_everywhere_but_on_lambda() {
        let read = |hosts: &'static str, on_lambda: bool| {
            let mut settings = Settings::new(move |name| match name {
                SETTING => Some(hosts.to_owned()),
                SET_ON_LAMBDA => on_lambda.then(|| "on-demand".to_owned()),
                _ => None,
            });
            let policy = PushPolicy::from_settings(&mut settings);
            settings.finish(policy).map_err(|faults| faults.to_string())
        };
        let local = read("localhost,push.example.org", false).unwrap();
        assert!(local.allows_localhost() && local.allows("push.example.org"));
        assert!(!local.allows("localhost"), "only as http, which PushUrl decides");
        assert_eq!(read("", true), Ok(PushPolicy::default()));
        assert!(read("push.example.org", true).is_ok());
        assert_eq!(
            read("push.example.org, LOCALHOST", true).unwrap_err(),
            "settings: LOOP_PUSH_HOSTS: `localhost` is for the local server alone, not for Lambda"
        );
    }

    proptest! {
        #[test]
        fn reading_a_list_never_panics(list in "\\PC*") {
            let _ = policy(&list);
        }

        #[test]
        fn a_wildcard_matches_what_is_one_or_more_labels_longer(
            labels in "[a-z]{1,8}(\\.[a-z]{1,8}){0,3}",
            base in "[a-z]{1,8}\\.[a-z]{2,8}",
        ) {
            prop_assume!(!base.ends_with(".localhost"));
            let policy = policy(&format!("*.{base}")).unwrap();
            let host = format!("{}.{}", labels, base);
            let glued = format!("{}{}", labels, base);
            prop_assert!(policy.allows(&host));
            prop_assert!(!policy.allows(&base));
            prop_assert!(!policy.allows(&glued));
        }
    }
}
