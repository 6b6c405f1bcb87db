//! The story of a user and one endpoint: a request during a fault, and checks and repeats after it.

use std::time::{Duration, Instant};

use loop_testkit::Behaviour;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::world::{Browser, Received, World};

/// The requests that need the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Endpoint {
    /// `POST /registration` of a new user.
    Register,
    /// `POST /registration` of another device of the same user.
    RegisterAnother,
    Unregister,
    Revoke,
    Place,
    /// A call with an `Idempotency-Key`.
    PlaceRepeatable,
    /// A call to a callee whose only device is one that its push service no longer knows.
    PlaceToGone,
    List,
    Heartbeat,
}

pub(super) const ENDPOINTS: [Endpoint; 9] = [
    Endpoint::Register,
    Endpoint::RegisterAnother,
    Endpoint::Unregister,
    Endpoint::Revoke,
    Endpoint::Place,
    Endpoint::PlaceRepeatable,
    Endpoint::PlaceToGone,
    Endpoint::List,
    Endpoint::Heartbeat,
];

impl Endpoint {
    /// Returns the route of the request.
    pub(super) fn route(self) -> &'static str {
        match self {
            Self::Register | Self::RegisterAnother => "POST /registration",
            Self::Unregister => "DELETE /registration",
            Self::Revoke => "DELETE /call-url/{token}",
            Self::Place | Self::PlaceRepeatable | Self::PlaceToGone => "POST /calls/{token}",
            Self::List => "GET /calls",
            Self::Heartbeat => "GET /__heartbeat__",
        }
    }

    pub(super) fn asks(self, operation: &str) -> bool {
        let operations: &[&str] = match self {
            Self::Register | Self::Heartbeat => &["PutItem"],
            Self::RegisterAnother | Self::Unregister | Self::Revoke => &["UpdateItem"],
            Self::Place | Self::PlaceRepeatable => &["Query", "PutItem"],
            Self::PlaceToGone => &["UpdateItem"],
            Self::List => &["Query"],
        };
        operations.contains(&operation)
    }

    fn is_call(self) -> bool {
        self.route() == "POST /calls/{token}"
    }
}

/// A user of their own for a request to one endpoint.
pub(super) struct Story {
    pub(super) endpoint: Endpoint,
    bob: Browser,
    alice: Browser,
    first_device: Value,
    other_device: Value,
    /// The paths of the push URLs of the two devices.
    paths: [String; 2],
    /// The path and the token of Bob's link, unless it is made later.
    link: Option<(String, String)>,
    answered: Option<(Received, Duration)>,
}

impl Story {
    /// Creates everything that the request needs.
    pub(super) async fn begin(world: &World, endpoint: Endpoint, operation: &str) -> Self {
        let paths = ["first", "other"].map(|device| format!("/{endpoint:?}/{operation}/{device}"));
        let [first_device, other_device] =
            [0, 1].map(|place| json!({ "simple_push_url": world.push.url(&paths[place]) }));
        let key = format!("the key of {endpoint:?}").replace(' ', "-");
        let alice = match endpoint {
            Endpoint::PlaceRepeatable => world.browser().header("idempotency-key", &key),
            _ => world.browser(),
        };
        let bob = world.browser();
        let mut story = Self {
            endpoint,
            bob,
            alice,
            first_device,
            other_device,
            paths,
            link: None,
            answered: None,
        };
        if endpoint == Endpoint::Register {
            return story;
        }
        story.bob.post("/registration", story.first_device.clone()).await.expect(StatusCode::OK);
        if endpoint == Endpoint::Unregister {
            let other = story.other_device.clone();
            story.bob.post("/registration", other).await.expect(StatusCode::OK);
        }
        story.make_link().await;
        if endpoint == Endpoint::List {
            story.call().await.expect(StatusCode::OK);
        }
        if endpoint == Endpoint::PlaceToGone {
            world.push.respond(&story.paths[0], Behaviour::Status(410));
        }
        story
    }

    /// Sends the request, and remembers the response and its duration.
    pub(super) async fn ask(&mut self) {
        let started = Instant::now();
        let response = self.send().await;
        self.answered = Some((response, started.elapsed()));
    }

    pub(super) fn response(&self) -> &Received {
        &self.answered.as_ref().unwrap().0
    }

    pub(super) fn waited(&self) -> Duration {
        self.answered.as_ref().unwrap().1
    }

    /// Checks right after the fault that a successful call is listed and rang once, and that a
    /// refused one rang no device.
    pub(super) async fn check_at_once(&mut self, world: &World, what: &str) {
        let is_served = self.response().status.is_success();
        if self.endpoint == Endpoint::List && is_served {
            let listed = self.response().json();
            assert_eq!(listed["calls"].as_array().unwrap().len(), 1, "{what}: {listed}");
        }
        if !self.endpoint.is_call() {
            return;
        }
        let listed = self.listed().await;
        let rung = self.pings(world);
        if is_served {
            assert_eq!(listed, [self.response().json()["call_id"].clone()], "{what}");
            assert_eq!(rung, [1, 0], "{what}: rung once");
        } else {
            assert!(listed.len() <= 1, "{what}: {listed:?}");
            assert_eq!(rung, [0, 0], "{what}: rung, and told that nobody was");
        }
    }

    /// Checks a client that lost the response and repeats the call before the ringing can be over.
    pub(super) async fn check_quick_repeat(&mut self, world: &World, what: &str) {
        let is_served = self.response().status.is_success();
        if self.endpoint != Endpoint::PlaceRepeatable || !is_served {
            return;
        }
        let repeated = self.send().await.expect(StatusCode::OK);
        assert_eq!(repeated["call_id"], self.response().json()["call_id"], "{what}");
        assert_eq!(self.pings(world), [1, 0], "{what}: a repeat rings nobody");
        assert_eq!(self.listed().await.len(), 1, "{what}");
    }

    /// Checks that a refused client succeeds when it repeats the request after the time that it was
    /// told, and that the request has had its effect.
    pub(super) async fn check_repeat(&mut self, world: &World, what: &str) {
        let is_served = self.response().status.is_success();
        if !is_served {
            let again = self.send().await;
            assert!(again.status.is_success(), "{what}: {}", again.text);
            self.check_repeated_call(world, &again, what).await;
        }
        match self.endpoint {
            Endpoint::Register => {
                self.make_link().await;
                assert_eq!(self.rings(world).await, Ok([1, 0]), "{what}");
            }
            Endpoint::RegisterAnother => assert_eq!(self.rings(world).await, Ok([1, 1]), "{what}"),
            Endpoint::Unregister => assert_eq!(self.rings(world).await, Ok([1, 0]), "{what}"),
            Endpoint::Revoke => assert_eq!(self.rings(world).await, Err(410), "{what}"),
            Endpoint::PlaceToGone => {
                let forgotten = self.rings(world).await;
                assert!(matches!(forgotten, Ok([1, 0]) | Err(409)), "{what}: {forgotten:?}");
            }
            Endpoint::Place | Endpoint::PlaceRepeatable | Endpoint::List | Endpoint::Heartbeat => {}
        }
    }

    async fn check_repeated_call(&mut self, world: &World, again: &Received, what: &str) {
        if !self.endpoint.is_call() {
            return;
        }
        assert_eq!(self.pings(world), [1, 0], "{what}: one ring, with the repeat");
        let listed = self.listed().await;
        assert!(listed.contains(&again.json()["call_id"]), "{what}: {listed:?}");
        let most = if self.endpoint == Endpoint::PlaceRepeatable { 1 } else { 2 };
        assert!((1..=most).contains(&listed.len()), "{what}: {listed:?}");
    }

    async fn send(&mut self) -> Received {
        match self.endpoint {
            Endpoint::Register => self.bob.post("/registration", self.first_device.clone()).await,
            Endpoint::RegisterAnother => {
                self.bob.post("/registration", self.other_device.clone()).await
            }
            Endpoint::Unregister => {
                self.bob.delete_with("/registration", self.other_device.clone()).await
            }
            Endpoint::Revoke => {
                let (_, token) = self.link.as_ref().unwrap();
                self.bob.delete(&format!("/call-url/{token}")).await
            }
            Endpoint::Place | Endpoint::PlaceRepeatable | Endpoint::PlaceToGone => {
                self.call().await
            }
            Endpoint::List => self.bob.get("/calls").await,
            Endpoint::Heartbeat => self.bob.get("/__heartbeat__").await,
        }
    }

    async fn call(&mut self) -> Received {
        self.alice.call(&self.link.as_ref().unwrap().0).await
    }

    async fn make_link(&mut self) {
        let (path, made) = self.bob.link(600).await;
        self.link = Some((path, made["call_token"].as_str().unwrap().to_owned()));
    }

    /// Returns how often one more call rings each device, or the status of its refusal.
    async fn rings(&mut self, world: &World) -> Result<[usize; 2], u16> {
        let before = self.pings(world);
        let placed = self.call().await;
        if !placed.status.is_success() {
            return Err(placed.status.as_u16());
        }
        let after = self.pings(world);
        Ok([after[0] - before[0], after[1] - before[1]])
    }

    /// Returns the number of times that each device was rung.
    fn pings(&self, world: &World) -> [usize; 2] {
        let received = world.push.received();
        [0, 1].map(|place| received.iter().filter(|ping| ping.path == self.paths[place]).count())
    }

    async fn listed(&mut self) -> Vec<Value> {
        let listed = self.bob.get("/calls").await.expect(StatusCode::OK);
        listed["calls"].as_array().unwrap().iter().map(|call| call["call_id"].clone()).collect()
    }
}
