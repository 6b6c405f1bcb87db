//! Hours with a fault, or with somebody who means no good.

use loop_testkit::{Behaviour, Fault};
use reqwest::StatusCode;
use serde_json::json;
use tokio::net::TcpListener;

use super::load::{Load, samples, sums, world};
use crate::{
    fake::client,
    party::{expect_end, expect_refusal, hello, over, signal, terminate},
    socket::Socket,
};

/// Responses with 5xx, as the HTTP API counts them. The load counts those that it got.
const API_FAILURES: (&str, &str, Option<&str>) = ("AWS/ApiGateway", "5xx", Some("!Ref Api"));

/// The dimension of DynamoDB's metrics.
const TABLE: &str = "!If [MakesTable, !Ref Table, !Ref TableName]";

impl Load {
    pub(crate) async fn devices_gone(&mut self) {
        self.ring_devices("/gone", 10, |_| Behaviour::Status(410)).await;
        self.count("PingsOtherGone", 10);
    }

    /// Half of the pings are refused for good, half of them are tried once more in vain.
    pub(crate) async fn push_fails(&mut self) {
        let status = |device| if device % 2 == 0 { 403 } else { 500 };
        self.ring_devices("/fails", 10, |device| Behaviour::Status(status(device))).await;
        self.count("PingsOtherFailed", 10);
    }

    /// Places a call to a callee with this number of devices, none of which is notified.
    async fn ring_devices(&mut self, path: &str, number: usize, does: impl Fn(usize) -> Behaviour) {
        let mut bob = self.world.browser();
        for device in 0..number {
            let path = format!("{path}/{device}");
            self.world.push.respond(&path, does(device));
            let device = json!({ "simple_push_url": self.world.push.url(&path) });
            bob.post("/registration", device).await.expect(StatusCode::OK);
        }
        let (path, _) = bob.link(600).await;
        let placed = self.world.browser().call(&path).await.expect(StatusCode::OK);
        assert_eq!(placed["notified"], false);
        self.count("CallsPlaced", 1);
    }

    /// Refused requests, of which each function tells once a minute, and refused events of the
    /// channel, of which each is told.
    pub(crate) async fn junk(&mut self) {
        let told = |load: &Self| sums(&load.samples()).get("Junk").copied().unwrap_or_default();
        let before = told(self);
        const SCANS: [(&str, u16); 3] = [("/nowhere", 404), ("/calls/A.", 404), ("/calls", 401)];
        let mut stranger = self.world.browser();
        for (path, status) in SCANS {
            for _ in 0..5 {
                let refused = stranger.get(path).await;
                assert_eq!(refused.status, status, "{path}");
                self.count("Junk", 1);
            }
        }
        assert_eq!(told(self) - before, SCANS.len() as u64, "the first one, and no other yet");
        self.after(59);
        stranger.get("/nowhere").await.expect_error(404, 404);
        self.count("Junk", 1);
        assert_eq!(told(self) - before, SCANS.len() as u64, "not yet a minute");
        self.after(60);
        for (path, _) in SCANS {
            stranger.get(path).await;
            self.count("Junk", 1);
        }

        let channel = self.world.server.environment().get("LOOP_CHANNEL_URL").unwrap();
        let foreign = [("origin", "https://evil.example.org")];
        assert_eq!(Socket::try_open(&channel, &foreign).await.err(), Some(403));
        self.count("Junk", 1);
        // A message that the channel refuses is an ordinary response, and is not counted.
        let mut stranger = Socket::open(&channel).await;
        stranger.send(&hello("made up")).await;
        expect_refusal(&mut stranger, 110, true).await;
    }

    /// The same stack with another provider, which cannot be reached.
    pub(crate) async fn provider_fails(&mut self) {
        let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let world = world(&[
            ("LOOP_PROVIDER", "opentok"),
            ("OPENTOK_API_KEY", "100"),
            ("OPENTOK_API_SECRET", "secret"),
            ("OPENTOK_API_URL", &format!("http://{nobody}")),
        ])
        .await;
        world.after(self.seconds(0));
        let mut bob = world.registered("/bob").await;
        let (path, _) = bob.link(600).await;
        for minute in 0..3 {
            world.after(self.seconds(minute * 60));
            world.browser().call(&path).await.expect_error(503, 201);
            self.count("ProviderFailures", 1);
            self.aws_tells(minute * 60, API_FAILURES, 1.0);
        }
        self.count(
            "ColdStarts",
            ["POST /registration", "POST /call-url", "POST /calls/{token}"].len(),
        );
        let consumed = world.wire.consumed();
        self.count("ReadUnits", consumed.read as usize);
        self.count("WriteUnits", consumed.write as usize);
        self.told_elsewhere.extend(samples(&world));
    }

    /// Requests and events of the channel while DynamoDB responds with errors. A call that goes on
    /// meanwhile goes on afterwards.
    pub(crate) async fn table_fails(&mut self) {
        let (mut alice, mut bob) = self.answer().await;
        let mut listing = self.world.registered("/listing").await;
        self.deliver_deadlines(5).await;
        self.world.wire.set_fault(Some(Fault::ServerError));
        for _ in 0..5 {
            listing.get("/calls").await.expect_error(503, 201);
            self.aws_tells(5, API_FAILURES, 1.0);
            alice.send(&signal(json!("lost"))).await;
            assert_eq!(alice.message().await["errno"], 201);
            self.count("EventFailures", 1);
        }
        assert!(self.world.wire.heal() >= 10);
        alice.send(&terminate("closed")).await;
        for party in [&mut alice, &mut bob] {
            expect_end(party, &over("closed")).await;
        }
        self.count("CallsEndedClosed", 1);
        self.deliver_deadlines(120).await;
    }

    /// Somebody tries three thousand made-up links within four minutes.
    pub(crate) async fn flood(&mut self) {
        let (stranger, link) = (client(), format!("{}/calls/A.", self.world.server.url()));
        for number in 0..3000 {
            self.after(number / 1000 * 90);
            let refused = stranger.get(&link).send().await.unwrap();
            assert_eq!(refused.status(), StatusCode::NOT_FOUND);
        }
        self.count("Junk", 3000);
        // What has come since the last line is told with the next refusal.
        self.after(299);
        stranger.get(&link).send().await.unwrap();
        self.count("Junk", 1);
    }

    /// Push services take the pings, and no device comes to the channel.
    pub(crate) async fn nobody_comes(&mut self) {
        for minute in 0..10 {
            self.after(minute * 60);
            self.place().await;
        }
    }

    /// DynamoDB refuses one request, and the repeat succeeds. It counts the refusal itself, which is
    /// seen here on the wire.
    pub(crate) async fn table_throttles(&mut self, operation: &str, metric: &str) {
        self.world.wire.fail_next_of(operation, Fault::Throttle);
        let mut bob = self.world.registered("/bob").await;
        bob.get("/calls").await.expect(StatusCode::OK);
        let throttled = self.world.wire.heal();
        assert_eq!(throttled, 1);
        self.aws_tells(0, ("AWS/DynamoDB", metric, Some(TABLE)), throttled as f64);
    }

    /// What only Lambda and SQS tell, and what has no counterpart here: these values are set by
    /// hand to what the fault would make them.
    pub(crate) fn aws_fails(&mut self, fault: AwsFault) {
        let age = "ApproximateAgeOfOldestMessage";
        let number = "ApproximateNumberOfMessagesVisible";
        let (deadlines, dead) = ("!GetAtt Deadlines.QueueName", "!GetAtt DeadLetters.QueueName");
        match fault {
            AwsFault::Crash => self.aws_tells(0, ("AWS/Lambda", "Errors", None), 1.0),
            AwsFault::NoConcurrency => self.aws_tells(0, ("AWS/Lambda", "Throttles", None), 20.0),
            AwsFault::QueueStands => {
                for (minute, seconds) in (0..).zip([30.0, 45.0, 105.0, 165.0]) {
                    self.aws_tells(minute * 60, ("AWS/SQS", age, Some(deadlines)), seconds);
                }
            }
            AwsFault::DeadLetter => {
                for minute in 0..5 {
                    self.aws_tells(minute * 60, ("AWS/SQS", number, Some(dead)), 1.0);
                }
            }
        }
    }
}

/// A fault of AWS that the service here cannot have.
#[derive(Clone, Copy, Debug)]
pub(crate) enum AwsFault {
    /// A function takes longer than its `Timeout`, or its process ends.
    Crash,
    /// The account's concurrency is used up.
    NoConcurrency,
    /// The function of the queue is not invoked.
    QueueStands,
    /// A message was given up.
    DeadLetter,
}
