//! A name whose addresses are bad, mixed, or change: the client connects to the addresses that were
//! checked.

#![allow(clippy::unwrap_used, reason = "this is test code: a panic is its way to report")]

use std::{
    collections::VecDeque,
    error::Error,
    io,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex},
    time::Duration,
};

use loop_core::Settings;
use loop_push::{GuardedResolver, Lookup, PushPolicy};
use loop_testkit::PushReceiver;
use reqwest::Client;

const DEADLINE: Duration = Duration::from_secs(5);
/// A name of the explicit list, which an attacker's own name server resolves.
const NAME: &str = "push.example.org";

/// A name server that responds to each lookup with the next of its results.
#[derive(Clone, Default)]
struct Changing {
    responses: Arc<Mutex<VecDeque<Vec<SocketAddr>>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Changing {
    fn new(responses: impl IntoIterator<Item = Vec<SocketAddr>>) -> Self {
        let responses = Arc::new(Mutex::new(responses.into_iter().collect()));
        Self { responses, asked: Arc::default() }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl Lookup for Changing {
    async fn addresses(&self, name: &str) -> io::Result<Vec<SocketAddr>> {
        self.asked.lock().unwrap().push(name.to_owned());
        let next = self.responses.lock().unwrap().pop_front();
        next.ok_or_else(|| io::Error::other("it was asked more often than there are answers"))
    }
}

/// Makes the client that sends pings, but with another source of addresses.
fn client(hosts: &str, lookup: &Changing) -> Client {
    let mut settings = Settings::new(|name| (name == "LOOP_PUSH_HOSTS").then(|| hosts.to_owned()));
    let policy = PushPolicy::from_settings(&mut settings);
    let policy = settings.finish(policy).unwrap();
    let resolver = GuardedResolver::with_lookup(&policy, lookup.clone());
    let builder = loop_outbound::client(DEADLINE).unwrap().timeout(DEADLINE);
    builder.dns_resolver(resolver).build().unwrap()
}

/// Returns the address of a service. Its port counts, unless it is 0, since the URLs have none.
fn address(service: &PushReceiver) -> SocketAddr {
    service.url("").replace("http://localhost", "127.0.0.1").parse().unwrap()
}

#[track_caller]
fn expect_refused(result: reqwest::Result<reqwest::Response>, why: &str) {
    let error = result.unwrap_err();
    let mut causes = std::iter::successors(error.source(), |&cause| cause.source());
    assert!(causes.any(|cause| cause.to_string().contains(why)), "{error:?}");
}

#[tokio::test]
async fn one_connection_asks_once_and_goes_where_the_answer_was_checked() {
    let (first, second) = (PushReceiver::start().await, PushReceiver::start().await);
    // `localhost` is the only name that may resolve to this machine.
    let lookup = Changing::new([vec![address(&first)], vec![address(&second)]]);
    let client = client("localhost", &lookup);
    let response = client.post("http://localhost/a").send().await.unwrap();
    assert_eq!(response.status(), 201);
    assert_eq!(lookup.asked(), ["localhost"]);
    assert_eq!((first.connections(), second.connections()), (1, 0));
}

#[tokio::test]
async fn a_name_that_was_good_is_checked_again_for_the_next_connection() {
    let service = PushReceiver::start().await;
    let good = address(&service);
    for bad in ["10.0.0.1", "169.254.169.254", "8.8.8.8"] {
        let bad = SocketAddr::new(bad.parse().unwrap(), good.port());
        let lookup = Changing::new([vec![good], vec![bad], vec![good, bad]]);
        let client = client("localhost", &lookup);
        let before = service.connections();
        // The body is read to its end, so that a connection that was kept would be free for the
        // next request.
        client.post("http://localhost/a").send().await.unwrap().bytes().await.unwrap();
        for _ in 0..2 {
            expect_refused(client.post("http://localhost/a").send().await, "not public");
        }
        assert_eq!(lookup.asked().len(), 3, "nothing is remembered, and nothing is kept");
        assert_eq!(service.connections(), before + 1);
    }
}

#[tokio::test]
async fn a_name_of_somebody_else_never_leads_here() {
    let service = PushReceiver::start().await;
    let port = address(&service).port();
    let bad: Vec<IpAddr> = [
        "127.0.0.1",
        "127.0.0.2",
        "0.0.0.0",
        "::1",
        "::ffff:127.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "169.254.170.2",
        "fd00:ec2::254",
        "fe80::1",
        "fc00::1",
        "224.0.0.1",
        "ff02::1",
        "255.255.255.255",
    ]
    .map(|text| text.parse().unwrap())
    .to_vec();
    let public: IpAddr = "8.8.8.8".parse().unwrap();
    for hosts in [NAME, "*.example.org", "localhost,push.example.org"] {
        for bad in &bad {
            for response in [vec![*bad], vec![public, *bad], vec![*bad, public]] {
                let response: Vec<_> =
                    response.iter().map(|ip| SocketAddr::new(*ip, port)).collect();
                let lookup = Changing::new([response.clone(), response]);
                let client = client(hosts, &lookup);
                for scheme in ["https", "http"] {
                    let url = format!("{scheme}://{NAME}/a");
                    expect_refused(client.post(url).send().await, "not public");
                }
                assert_eq!(lookup.asked(), [NAME, NAME]);
            }
        }
    }
    assert_eq!(service.connections(), 0);
}

#[tokio::test]
async fn a_name_without_an_address_is_not_called() {
    let lookup = Changing::new([vec![]]);
    let client = client(NAME, &lookup);
    expect_refused(client.post(format!("https://{NAME}/")).send().await, "no address");
    expect_refused(client.post(format!("https://{NAME}/")).send().await, "asked more often");
}
