//! Tests that an attacker cannot make the service call a URL that is not of a push service, neither
//! by registering it nor through a URL that is stored already.

use std::{
    io::ErrorKind,
    net::{IpAddr, Ipv4Addr, TcpListener},
    time::Duration,
};

use local::{LocalServer, Options};
use loop_core::{
    Device, DeviceId, Keys, PushKind, PushTarget, Session, Settings, UnixMillis, UserId,
    limits::DEVICES_PER_USER,
};
use loop_lambda::{LogFormat, Logger};
use loop_push::BROWSER_PUSH_SERVICES;
use loop_store::{Registrant, Store};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::{
    spellings::{beside, of_bad_hosts},
    world::{BEGINNING, Browser, World},
};

/// The polling id of a page that asks for calls by itself and has no push URL: any 16 bytes.
const POLLING: &str = "AAAAAAAAAAAAAAAAAAAAAA";

#[tokio::test]
async fn by_default_only_the_browsers_push_services_are_called() {
    let hosts = BROWSER_PUSH_SERVICES.join(",");
    let good = [
        "fcm.googleapis.com",
        "jmt17.google.com",
        "updates.push.services.mozilla.com",
        "web.push.apple.com",
    ];
    expect_closed(&hosts, &good).await;
}

#[tokio::test]
async fn with_a_list_of_hosts_only_those_are_called() {
    expect_closed("push.example.org,other.example.com", &["push.example.org"]).await;
}

#[tokio::test]
async fn with_a_wildcard_only_what_is_below_it_is_called() {
    expect_closed("*.example.net", &["a.example.net", "a.b.example.net"]).await;
}

#[tokio::test]
async fn with_a_port_only_that_port_is_called() {
    let hosts = "push.example.org:8443,*.example.net:8443";
    expect_closed(hosts, &["push.example.org:8443", "a.example.net:8443"]).await;
}

/// Neighbours could make the developer's machine call any server on it.
#[tokio::test]
async fn a_server_that_others_reach_calls_nothing_on_its_own_machine() {
    for (host, status) in [
        (IpAddr::from(Ipv4Addr::LOCALHOST), StatusCode::OK),
        (IpAddr::from(Ipv4Addr::UNSPECIFIED), StatusCode::BAD_REQUEST),
    ] {
        let logger = Logger::new(LogFormat::Text, std::io::sink());
        let server = LocalServer::start(Options { host, ..Options::new(logger) }).await.unwrap();
        let mut bob = Browser::new(&server.url());
        for name in ["localhost", "127.0.0.1", "[::1]"] {
            for body in registrations(&format!("http://{name}:9/a")) {
                assert_eq!(bob.post("/registration", body).await.status, status, "{host} {name}");
            }
        }
        let service = "https://fcm.googleapis.com/fcm/send/a";
        bob.post("/registration", registrations(service)[0].clone()).await.expect(StatusCode::OK);
        server.stop().await;
    }
}

/// Checks, with these hosts allowed (such as `good`), that each bad URL is refused when it is
/// registered, and not called when it is stored.
async fn expect_closed(hosts: &str, good: &[&str]) {
    let world = World::with(&[("LOOP_PUSH_HOSTS", hosts)]).await;
    let here = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = here.local_addr().unwrap().port();
    let mut urls = of_bad_hosts(port);
    urls.extend(good.iter().flat_map(|good| beside(good, port)));
    urls.sort();
    urls.dedup();

    let mut bob = world.browser();
    for good in good {
        for body in registrations(&format!("https://{good}/a")) {
            bob.post("/registration", body).await.expect(StatusCode::OK);
        }
    }
    for (number, url) in urls.iter().enumerate() {
        expect_refused(&mut bob, number, url).await;
    }
    let store = store(&world);
    for urls in urls.chunks(DEVICES_PER_USER - 1) {
        // Each chunk belongs to another user.
        bob.cookie = None;
        expect_not_called(&world, &store, &mut bob, urls).await;
    }
    here.set_nonblocking(true).unwrap();
    let none = here.accept().expect_err("nobody may connect to this machine");
    assert_eq!(none.kind(), ErrorKind::WouldBlock);
}

fn registrations(url: &str) -> [Value; 2] {
    [json!({ "simple_push_url": url }), json!({ "push_subscription": { "endpoint": url } })]
}

/// Checks that registering a bad URL is refused. Every host comes in several URLs, so each protocol
/// gets its share of each kind.
async fn expect_refused(bob: &mut Browser, number: usize, url: &str) {
    let protocol = number % 2;
    let name = ["simple_push_url: ", "push_subscription: endpoint: "][protocol];
    let [simple, web] = registrations(url);
    let response = bob.post("/registration", if protocol == 0 { simple } else { web }).await;
    assert_eq!(response.status, StatusCode::BAD_REQUEST, "{url}");
    let error = response.expect_error(400, 107);
    let message = error["message"].as_str().unwrap();
    assert!(message.starts_with(name), "{url}: {message}");
    assert!(!message.contains(url), "{url}: {message}");
}

/// Checks that stored devices with these URLs are not called. The user has them beside a device
/// that asks by itself, as if a release with other rules had stored them.
async fn expect_not_called(world: &World, store: &Store, bob: &mut Browser, urls: &[String]) {
    bob.post("/registration", json!({ "polling_id": POLLING })).await.expect(StatusCode::OK);
    let user = user(world, bob);
    for (number, url) in urls.iter().enumerate() {
        let kind = if number % 2 == 0 { PushKind::SimplePush } else { PushKind::WebPush };
        let device = device(kind, url);
        store.register(user, Registrant::Returning, &device, device.registered_at).await.unwrap();
    }
    let (path, _) = bob.link(600).await;
    let placed = bob.call(&path).await.expect(StatusCode::OK);
    assert_eq!(placed["notified"], true, "the one that asks");
    let line = world.log.lines().pop().unwrap();
    assert_eq!(line["pings"], json!({ "asks": 1, "not_allowed": urls.len() }), "{urls:?}");
}

fn device(kind: PushKind, url: &str) -> Device {
    let now = UnixMillis::new(BEGINNING * 1000);
    Device {
        id: DeviceId::of_push_url(url),
        target: PushTarget::new(kind, url.to_owned()),
        registered_at: now,
        expires_at: now.seconds().after(Duration::from_mins(1)),
    }
}

fn store(world: &World) -> Store {
    let mut settings = Settings::new(|name| world.server.environment().get(name));
    let store = Store::from_settings(&mut settings);
    settings.finish(store).unwrap()
}

fn user(world: &World, bob: &Browser) -> UserId {
    let mut settings = Settings::new(|name| world.server.environment().get(name));
    let keys = Keys::from_settings(&mut settings);
    let keys = settings.finish(keys).unwrap();
    let (_, token) = bob.cookie.as_deref().unwrap().split_once('=').unwrap();
    Session::verify(&keys, token, UnixMillis::new(BEGINNING * 1000).seconds()).unwrap().user()
}
