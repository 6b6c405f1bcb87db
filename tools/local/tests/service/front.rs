//! Tests of a service with a front: what does not come through it is refused, and of two clients one
//! can flood without the other one noticing.

mod emulated;

use std::{collections::BTreeMap, net::IpAddr};

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use self::emulated::{Front, Rule};
use crate::world::{SOON, World};

const SECRET: &str = "the-secret-of-the-front-in-the-tests";
const SECRETS: &str =
    "the-next-secret-of-the-front-in-the-tests,the-secret-of-the-front-in-the-tests";
const TOKEN: &str = "the-token-of-the-monitor-in-the-tests";

/// Returns a client with an address of its own. On Linux all of 127.0.0.0/8 is this machine.
fn client(address: [u8; 4]) -> Client {
    let client = loop_outbound::client(SOON).unwrap().timeout(SOON);
    client.local_address(IpAddr::from(address)).build().unwrap()
}

async fn with_front() -> (World, Front) {
    let world = World::with(&[("LOOP_ORIGIN_SECRETS", SECRETS)]).await;
    // The address and not the name, which the local server would redirect to.
    let front = Front::start(world.server.url(), SECRET).await;
    (world, front)
}

#[tokio::test]
async fn every_route_refuses_what_has_not_come_through_the_front() {
    let (world, _front) = with_front().await;
    world.wire.take();
    for path in ["/", "/calls", "/calls/x", "/__heartbeat__", "/__version__", "/nothing"] {
        for secret in [None, Some("a-guess-of-the-secret-of-the-front"), Some("")] {
            let mut browser = world.browser();
            if let Some(secret) = secret {
                browser = browser.header("loop-origin-secret", secret);
            }
            let response = browser.get(path).await;
            response.expect_error(403, 403);
        }
    }
    let mut bob = world.browser();
    let device = json!({ "simple_push_url": world.push.url("/bob") });
    bob.post("/registration", device).await.expect_error(403, 403);
    assert!(world.wire.take().is_empty(), "nothing is asked or stored");
    for secret in SECRETS.split(',') {
        let mut browser = world.browser().header("loop-origin-secret", secret);
        browser.get("/__version__").await.expect(StatusCode::OK);
    }
}

#[tokio::test]
async fn the_heartbeat_is_for_the_operator_alone() {
    let world = World::with(&[("LOOP_HEARTBEAT_TOKENS", TOKEN)]).await;
    world.wire.take();
    let bearer = format!("Bearer {TOKEN}");
    for wrong in [None, Some(TOKEN), Some("Bearer "), Some(&bearer[..bearer.len() - 1])] {
        let mut stranger = world.browser();
        if let Some(wrong) = wrong {
            stranger = stranger.header("authorization", wrong);
        }
        stranger.get("/__heartbeat__").await.expect_error(404, 404);
    }
    assert!(world.wire.take().is_empty(), "a stranger costs no write");
    let mut monitor = world.browser().header("authorization", &bearer);
    monitor.get("/__heartbeat__").await.expect(StatusCode::OK);
    assert_eq!(world.wire.take(), ["PutItem"]);
}

/// One client floods through the front, with requests and with calls through a link of its own; the
/// other one's calls go through all the time.
#[tokio::test]
async fn of_two_clients_one_floods_and_the_calls_of_the_other_go_through() {
    let (world, front) = with_front().await;
    let limits: BTreeMap<_, _> = Rule::all().into_iter().map(|it| (it.name, it.limit)).collect();
    let (requests, calls) = (limits["requests-per-address"], limits["calls-per-address"]);
    let bob = Callee::new(&front, &world, "/bob", client([127, 0, 0, 2])).await;
    let mallory = client([127, 0, 0, 3]);
    let own = Callee::new(&front, &world, "/mallory", mallory.clone()).await;
    let alice = client([127, 0, 0, 4]);

    let mut flood = Vec::new();
    for number in 0..calls + 50 {
        let response = mallory.post(format!("{}/calls/{}", front.url(), own.link)).send().await;
        flood.push(response.unwrap().status());
        if number % 60 == 0 {
            assert_eq!(bob.called_by(&alice, &front).await, StatusCode::OK, "{number}");
            world.after(number * 20);
        }
    }
    let of_front = flood.iter().rev().take_while(|it| **it == StatusCode::TOO_MANY_REQUESTS);
    assert!(of_front.count() >= 50, "calls over the limit are refused");

    let mut passed = 0;
    for number in 0..requests + 200 {
        let response =
            mallory.get(format!("{}/__lbheartbeat__", front.url())).send().await.unwrap();
        passed += u64::from(response.status() == StatusCode::OK);
        if number % 1000 == 999 {
            world.after(4000 + number * 20);
            assert_eq!(bob.called_by(&alice, &front).await, StatusCode::OK, "{number}");
        }
    }
    assert!(passed < requests && passed > requests - calls - 60, "{passed}");
    world.after(60_000);
    assert_eq!(bob.called_by(&alice, &front).await, StatusCode::OK);
}

/// A user with a link.
struct Callee {
    link: String,
}

impl Callee {
    async fn new(front: &Front, world: &World, path: &str, client: Client) -> Self {
        let device = json!({ "simple_push_url": world.push.url(path) });
        let registered = client.post(format!("{}/registration", front.url())).json(&device);
        let registered = registered.send().await.unwrap();
        let cookie = registered.headers()["set-cookie"].to_str().unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        let wish = json!({ "remote_id": "alice", "valid_duration": 2_592_000 });
        let made = client.post(format!("{}/call-url", front.url())).header("cookie", cookie);
        let made: Value = made.json(&wish).send().await.unwrap().json().await.unwrap();
        Self { link: made["call_token"].as_str().unwrap().to_owned() }
    }

    async fn called_by(&self, client: &Client, front: &Front) -> StatusCode {
        let call = client.post(format!("{}/calls/{}", front.url(), self.link));
        call.send().await.unwrap().status()
    }
}
