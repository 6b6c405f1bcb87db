//! Push URLs that no policy allows, in every spelling that might get past a check.

/// Hosts that are this machine or in its network, or that do not exist.
const HOSTS: &[&str] = &[
    // Addresses, in every form that some resolver or URL parser reads as one.
    "127.0.0.1",
    "127.0.0.2",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0x7F.1",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "017700000001",
    "0177.0x0.00.01",
    "127.0.0.1.",
    "１２７.0.0.1",
    "①②⑦.0.0.1",
    "127。0。0。1",
    "127．0．0．1",
    "127｡0｡0｡1",
    "%31%32%37.0.0.1",
    "127%2e0%2E0%2e1",
    "127.0.0.1%2e",
    "127.0.\u{ad}0.1",
    "0",
    "0.0.0.0",
    "0x0",
    "10.0.0.1",
    "012.0.0.1",
    "172.16.0.1",
    "192.168.0.1",
    "100.64.0.1",
    "169.254.169.254",
    "0xa9fea9fe",
    "2852039166",
    "169.254.43518",
    "169.254.170.2",
    "224.0.0.1",
    "255.255.255.255",
    "8.8.8.8",
    "256.0.0.1",
    "4294967296",
    "0x100000000",
    "1.2.3.4.5",
    "08.8.8.8",
    "0x.0x.0x.0x",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[0000:0000:0000:0000:0000:0000:0000:0001]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::FFFF:7F00:1]",
    "[::127.0.0.1]",
    "[::7f00:1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]",
    "[2001:0:7f00:1::]",
    "[fe80::1]",
    "[fe80::1%25eth0]",
    "[fe80::1%eth0]",
    "[::1%25lo]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[ff02::1]",
    "[2606:4700::1111]",
    "[::1",
    "::1",
    "[127.0.0.1]",
    "[v1.a]",
    "%5B::1%5D",
    // Names that mean this machine, or one that only its network knows.
    "localhost.",
    "localhost.localdomain",
    "localhost6",
    "ip6-localhost",
    "ip6-loopback",
    "loopback",
    "a.localhost",
    "a.b.LOCALHOST",
    "a.localhost.",
    "broadcasthost",
    "host.docker.internal",
    "metadata",
    "metadata.google.internal",
    "instance-data.ec2.internal",
    "dynamodb.us-east-1.amazonaws.com",
    "127.0.0.1.nip.io",
    "push",
    "com",
    "..",
    "-",
    "%00",
    "a%00b",
    "a b",
    "",
];

/// Spellings of `localhost`, which only a policy that has it allows.
const LOCALHOST: &[&str] =
    &["localhost", "LOCALHOST", "LocalHost", "ｌｏｃａｌｈｏｓｔ", "%6cocalhost", "local\thost"];

/// Returns URLs of these hosts: with TLS, and without it at the port of a server on this machine.
pub(crate) fn of_bad_hosts(port: u16) -> Vec<String> {
    let hosts = HOSTS.iter().chain(LOCALHOST);
    let urls =
        hosts.flat_map(|host| [format!("https://{host}/a"), format!("http://{host}:{port}/a")]);
    urls.collect()
}

/// Returns URLs that look like those of `good`, a host that is allowed, and are not.
pub(crate) fn beside(good: &str, port: u16) -> Vec<String> {
    let label = "a".repeat(64);
    let name = "label123.".repeat(28);
    // These are letters of other alphabets that look like those of this one.
    let homographs =
        [("e", "е"), ("o", "ο"), ("a", "а"), ("p", "р"), ("c", "с")].map(|(it, other)| {
            let whole_name = good.replace(it, other);
            // Below a wildcard, the first label may be any.
            whole_name.split_once('.').map_or(String::new(), |(_, rest)| format!("a.{rest}"))
        });
    let homographs = homographs.into_iter().filter(|it| !it.is_ascii());
    let mut urls: Vec<_> = homographs.map(|host| format!("https://{host}/a")).collect();
    urls.extend([
        format!("https://{good}./a"),
        format!("https://{good}../a"),
        format!("https://.{good}/a"),
        format!("https://a..{good}/a"),
        format!("https://{label}.{good}/a"),
        format!("https://{name}{good}/a"),
        format!("https://{good}.evil.example/a"),
        format!("https://{good}%2eevil.example/a"),
        format!("https://{good}-evil.example/a"),
        format!("https://xn--{good}/a"),
        format!("https://a_b.{good}/a"),
        format!("https://*.{good}/a"),
        format!("https://evil.example/{good}"),
        format!("https://evil.example?{good}"),
        format!("https://evil.example#{good}"),
        format!("https://evil.example\\.{good}"),
        format!("https://evil.example%2f{good}/a"),
        format!("https://evil.example%23.{good}/a"),
        format!("https://127.0.0.1,{good}/a"),
        format!("https://127.0.0.1 {good}/a"),
        format!("https://127.0.0.1%20.{good}/a"),
        format!("https://127.0.0.1%00.{good}/a"),
        format!("https://bob@{good}/a"),
        format!("https://bob:word@{good}/a"),
        format!("https://:word@{good}/a"),
        format!("https://{good}@127.0.0.1:{port}/a"),
        format!("https://{good}:443@127.0.0.1:{port}/a"),
        format!("https://{good}%40127.0.0.1:{port}/a"),
        format!("https://{good}:0/a"),
        format!("https://{good}:80/a"),
        format!("https://{good}:444/a"),
        format!("https://{good}:8443/a"),
        format!("https://{good}:{port}/a"),
        format!("https://{good}:65536/a"),
        format!("https://{good}:x/a"),
        format!("https://{good}/a#b"),
        format!("http://{good}/a"),
        format!("http://{good}:443/a"),
        format!("ftp://{good}/a"),
        format!("ws://{good}/a"),
        format!("wss://{good}/a"),
        format!("file://{good}/etc/passwd"),
        format!("blob:https://{good}/a"),
        format!("view-source:https://{good}/a"),
        format!("javascript://{good}/%0aalert(1)"),
        format!("//{good}/a"),
        format!("{good}/a"),
        format!("/{good}/a"),
        "https://".to_owned(),
        "unix:/var/run/docker.sock".to_owned(),
        "polling AAAAAAAAAAAAAAAAAAAAAQ".to_owned(),
    ]);
    urls
}
