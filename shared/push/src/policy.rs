//! The hosts that may be called: a list of the operator's, by default the browsers' push services.

use loop_core::{
    Reason, Settings,
    setting::{HostName, list, port},
};

/// The setting that holds the list.
const SETTING: &str = "LOOP_PUSH_HOSTS";
/// The variable that only Lambda sets, in the environment of every function.
const SET_ON_LAMBDA: &str = "AWS_LAMBDA_INITIALIZATION_TYPE";
/// The entry that opens the loopback addresses.
const LOCALHOST: &str = "localhost";
/// The port of `https`.
const HTTPS_PORT: u16 = 443;

/// The push services of the browsers, allowed unless `LOOP_PUSH_HOSTS` says otherwise:
///
/// - Firefox: `updates.push.services.mozilla.com` is the endpoint in the documentation of autopush,
///   <https://mozilla-services.github.io/autopush-rs/>; Mozilla keeps other deployments of it in
///   the same zone.
/// - Chrome and most browsers made from it (Opera, Brave, Vivaldi, Samsung Internet):
///   `fcm.googleapis.com`, `kPushMessagingGcmEndpoint` and `kPushMessagingWebpushEndpoint` in
///   `push_messaging_constants.cc` in Chromium's `components/push_messaging`.
/// - Builds of Chromium that are not Google's, such as those of Linux distributions:
///   `jmt17.google.com`, `kPushMessagingStagingGcmEndpoint` in the same file.
/// - Edge on Windows: "always ensures that the channel URI uses the domain notify.windows.com",
///   overview of the Windows Push Notification Services on learn.microsoft.com. The names are below
///   that domain, and "subject to change".
/// - Safari: "allow access for `https://*.push.apple.com`", *Sending web push notifications in web
///   apps and browsers* on developer.apple.com; today it is `web.push.apple.com`.
pub const BROWSER_PUSH_SERVICES: [&str; 5] = [
    "*.push.services.mozilla.com",
    "fcm.googleapis.com",
    "jmt17.google.com",
    "*.notify.windows.com",
    "*.push.apple.com",
];

/// The hosts that may be called.
///
/// The setting is a list of host names, separated by commas. `*.example.org` allows every name
/// below `example.org`, at any depth, but not `example.org` itself. `push.example.org:8443` allows
/// that port, and only it; without a port it is that of `https`. `localhost` allows
/// `http://localhost:PORT`, `http://127.0.0.1:PORT` and `http://[::1]:PORT`; it is for the local
/// server alone, and refused on Lambda, where the loopback addresses are the Runtime API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushPolicy {
    hosts: Vec<HostPattern>,
    allows_localhost: bool,
}

/// An entry of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
struct HostPattern {
    name: NamePattern,
    port: u16,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum NamePattern {
    /// This host.
    Exactly(String),
    /// Every host whose name ends in this text, which begins with a dot.
    Below(String),
}

impl PushPolicy {
    /// Reads `LOOP_PUSH_HOSTS`. Returns `None` when it is faulty, which `settings` then reports.
    pub fn from_settings(settings: &mut Settings<'_>) -> Option<Self> {
        let is_on_lambda = settings.optional(SET_ON_LAMBDA, |_| Ok(()))?.is_some();
        settings.or(SETTING, Self::default(), |list| Self::parse(list, is_on_lambda))
    }

    /// Returns whether requests may go to this port of `host`, a name and not an address.
    pub(crate) fn allows(&self, host: &str, port: u16) -> bool {
        self.patterns_of(host).any(|pattern| pattern.port == port)
    }

    /// Returns whether requests may go to some port of `host`.
    pub(crate) fn names(&self, host: &str) -> bool {
        self.patterns_of(host).next().is_some()
    }

    fn patterns_of(&self, host: &str) -> impl Iterator<Item = &HostPattern> {
        let is_name = HostName::public(host).is_ok_and(|name| name.as_str() == host);
        self.hosts.iter().filter(move |pattern| is_name && pattern.name.matches(host))
    }

    /// Returns whether plain `http` to a loopback address is allowed.
    pub(crate) fn allows_localhost(&self) -> bool {
        self.allows_localhost
    }

    fn parse(text: &str, is_on_lambda: bool) -> Result<Self, Reason> {
        let entries = list(|entry| Ok(entry.to_ascii_lowercase()))(text)?;
        let mut policy = Self { hosts: Vec::new(), allows_localhost: false };
        for entry in entries {
            match entry.as_str() {
                LOCALHOST if is_on_lambda => {
                    return Err("`localhost` is for the local server alone, not for Lambda".into());
                }
                LOCALHOST => policy.allows_localhost = true,
                entry => policy.hosts.push(HostPattern::parse(entry)?),
            }
        }
        Ok(policy)
    }
}

impl Default for PushPolicy {
    /// Makes the policy that allows [`BROWSER_PUSH_SERVICES`].
    fn default() -> Self {
        let services = BROWSER_PUSH_SERVICES.map(|entry| HostPattern::new(entry, HTTPS_PORT));
        Self { hosts: services.to_vec(), allows_localhost: false }
    }
}

impl HostPattern {
    fn parse(entry: &str) -> Result<Self, Reason> {
        if entry.contains(['/', '@', '[']) {
            return Err("an entry is a host name and perhaps a port, without scheme or path".into());
        }
        let (host, port) = match entry.split_once(':') {
            None => (entry, HTTPS_PORT),
            Some((host, number)) => (host, port(number)?),
        };
        let name = host.strip_prefix("*.").unwrap_or(host);
        if name.contains('*') {
            let fault = "`*` stands only for what is before the first dot: `*.example.org`";
            return Err(fault.into());
        }
        HostName::public(name).map_err(|reason| format!("an entry {reason}"))?;
        Ok(Self::new(host, port))
    }

    /// Makes the pattern for a host that was checked before.
    fn new(host: &str, port: u16) -> Self {
        let name = match host.strip_prefix('*') {
            Some(suffix) => NamePattern::Below(suffix.to_owned()),
            None => NamePattern::Exactly(host.to_owned()),
        };
        Self { name, port }
    }
}

impl NamePattern {
    fn matches(&self, host: &str) -> bool {
        match self {
            Self::Exactly(name) => host == name,
            Self::Below(suffix) => host.ends_with(suffix),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn policy(list: &str) -> Result<PushPolicy, Reason> {
        PushPolicy::parse(list, false)
    }

    fn allows(policy: &PushPolicy, host: &str) -> bool {
        policy.allows(host, HTTPS_PORT)
    }

    #[test]
    fn the_browsers_push_services_are_the_default() {
        let policy = PushPolicy::default();
        for host in [
            "updates.push.services.mozilla.com",
            "updates-autopush.push.services.mozilla.com",
            "fcm.googleapis.com",
            "jmt17.google.com",
            "wns2-by3p.notify.windows.com",
            "db5p.notify.windows.com",
            "web.push.apple.com",
            "api.push.apple.com",
        ] {
            assert!(allows(&policy, host), "{host}");
        }
        for host in [
            "push.services.mozilla.com",
            "notify.windows.com",
            "push.apple.com",
            "storage.googleapis.com",
            "google.com",
            "jmt18.google.com",
            "evil-fcm.googleapis.com",
            "fcm.googleapis.com.example.org",
            "example.org",
        ] {
            assert!(!allows(&policy, host), "{host}");
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
            assert_eq!(allows(&policy, host), expected, "{host}");
        }
        let long_name = format!("{}a.example.org", "label123.".repeat(27));
        assert_eq!((long_name.len(), allows(&policy, &long_name)), (256, false));
        let longest_label = format!("{}.example.org", "a".repeat(63));
        assert!(allows(&policy, &longest_label));
        assert!(!allows(&policy, &format!("a{longest_label}")));
    }

    #[test]
    fn every_fault_says_which_kind_it_is() {
        for (list, fault) in [
            ("a.org,,b.org", "an entry is empty"),
            ("a.org,", "an entry is empty"),
            ("*", "`*` stands only"),
            ("*.*.org", "`*` stands only"),
            ("a*.org", "`*` stands only"),
            ("https://a.org", "without scheme or path"),
            ("a.org/", "without scheme or path"),
            ("[::1]", "without scheme or path"),
            ("[::1]:443", "without scheme or path"),
            ("a.org:", "a number from 1 to 65535"),
            ("a.org:0", "a number from 1 to 65535"),
            ("a.org:65536", "a number from 1 to 65535"),
            ("a.org:+1", "a number from 1 to 65535"),
            ("a.org:*", "a number from 1 to 65535"),
            ("a.org:80:80", "a number from 1 to 65535"),
            ("*.org:8443", "not a full host name"),
            ("localhost:8000", "not a full host name"),
            ("127.0.0.1", "IP address"),
            ("10.0.0.1:8443", "IP address"),
            ("*.com", "not a full host name"),
            ("org", "not a full host name"),
            ("a.org.", "not a full host name"),
            ("a.localhost", "not in the public"),
            ("push.local", "not in the public"),
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
    fn a_port_is_that_of_https_or_the_one_that_is_named() {
        let policy =
            policy("push.example.org:8443,*.example.com:8443,*.example.com,a.org:443").unwrap();
        for (host, port, expected) in [
            ("push.example.org", 8443, true),
            ("push.example.org", 443, false),
            ("push.example.org", 80, false),
            ("a.push.example.org", 8443, false),
            ("a.example.com", 8443, true),
            ("a.example.com", 443, true),
            ("a.example.com", 8444, false),
            ("example.com", 8443, false),
            ("a.org", 443, true),
            ("a.org", 8443, false),
        ] {
            assert_eq!(policy.allows(host, port), expected, "{host}:{port}");
        }
        assert!(policy.names("push.example.org") && !policy.names("example.org"));
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
        assert!(local.allows_localhost() && allows(&local, "push.example.org"));
        assert!(!allows(&local, "localhost"), "only as http, which PushUrl decides");
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
            prop_assume!(HostName::public(&base).is_ok());
            let policy = policy(&format!("*.{base}")).unwrap();
            let host = format!("{}.{}", labels, base);
            let glued = format!("{}{}", labels, base);
            prop_assert!(allows(&policy, &host));
            prop_assert!(!allows(&policy, &base));
            prop_assert!(!allows(&policy, &glued));
        }
    }
}
