//! Every endpoint that asks DynamoDB, under every fault that DynamoDB and the network can have,
//! once and forever.
//!
//! `cargo test -p local --test service faults -- --nocapture` prints the outcome of each case.

mod story;

use std::time::Duration;

use futures_util::future::join_all;
use loop_testkit::Fault;
use tokio::sync::Semaphore;

use crate::{
    faults::story::{ENDPOINTS, Endpoint, Story},
    template::Template,
    world::World,
};

/// A delay that is longer than the store waits for one response, and shorter than for all attempts.
const TOO_SLOW: Duration = Duration::from_millis(1_400);

/// A delay that is shorter than the store waits for one response, on a busy machine too.
const SLOW: Duration = Duration::from_millis(300);

/// A delay that is longer than any response may take.
const ENDLESS: Duration = Duration::from_secs(60);

/// The outcome that a fault must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// Success, as without the fault.
    Served,
    /// An error with status 503 and `errno` 201.
    Unavailable,
    /// One of the above, or an error that there are too many, since DynamoDB's response was false.
    /// true.
    Uncertain,
}

use Outcome::{Served, Unavailable, Uncertain};

/// All faults, each with its outcome when it happens once and when it stays.
const FAULTS: [(Fault, Outcome, Outcome); 28] = [
    (Fault::Throttle, Served, Unavailable),
    (Fault::Refuse(400, "ThrottlingException"), Served, Unavailable),
    (Fault::Refuse(400, "RequestLimitExceeded"), Served, Unavailable),
    (Fault::Refuse(400, "TransactionConflictException"), Unavailable, Unavailable),
    (Fault::Refuse(400, "ResourceNotFoundException"), Unavailable, Unavailable),
    (Fault::Refuse(400, "ValidationException"), Unavailable, Unavailable),
    (Fault::Refuse(400, "ExpiredTokenException"), Unavailable, Unavailable),
    (Fault::Refuse(400, "A code of the future"), Unavailable, Unavailable),
    (Fault::AccessDenied, Unavailable, Unavailable),
    (Fault::ServerError, Served, Unavailable),
    (Fault::Refuse(503, "ServiceUnavailable"), Served, Unavailable),
    (Fault::BadGateway, Served, Unavailable),
    (Fault::Conflict, Uncertain, Uncertain),
    (Fault::ConflictWithItem, Uncertain, Uncertain),
    (Fault::DropBefore, Served, Unavailable),
    (Fault::DropAfter, Served, Unavailable),
    (Fault::Silence, Served, Unavailable),
    (Fault::Late(TOO_SLOW), Served, Unavailable),
    (Fault::Slow(SLOW), Served, Served),
    (Fault::Slow(TOO_SLOW), Served, Unavailable),
    (Fault::Slow(ENDLESS), Served, Unavailable),
    (Fault::NoBody, Served, Served),
    (Fault::Garbage, Unavailable, Unavailable),
    (Fault::HalfBody, Unavailable, Unavailable),
    (Fault::Truncated, Served, Unavailable),
    (Fault::WrongType, Served, Served),
    (Fault::Pages(1), Served, Served),
    (Fault::Pages(2), Served, Served),
];

/// The kinds of requests that endpoints make.
const OPERATIONS: [&str; 3] = ["Query", "PutItem", "UpdateItem"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lasting {
    Once,
    Always,
}

/// A fault of one kind of request, for all endpoints that make it.
#[derive(Clone, Copy, Debug)]
struct Case {
    fault: Fault,
    lasting: Lasting,
    operation: &'static str,
    outcome: Outcome,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_endpoint_bears_every_fault_of_the_table() {
    let template = Template::read();
    // The faults only take time, but the rest takes the processor, and a machine that is too busy
    // would cause faults of its own.
    let busy = Semaphore::new(2);
    let groups = FAULTS.into_iter().flat_map(|(fault, once, always)| {
        [(Lasting::Once, once), (Lasting::Always, always)]
            .into_iter()
            .flat_map(move |(lasting, outcome)| groups(fault, lasting, outcome))
    });
    let done = join_all(groups.map(|cases| run(cases, &template, &busy))).await;
    for line in done.iter().flatten() {
        println!("{line}");
    }
    println!("{} cases", done.iter().flatten().count());
    assert_eq!(done.iter().flatten().count(), 2 * (FAULTS.len() - 2) * 11 + 2 * 2 * 3);
}

/// Returns the cases of a fault in groups. The cases of one group share a world, which saves
/// processor time; cases that wait long have a world of their own each, which saves time.
fn groups(fault: Fault, lasting: Lasting, outcome: Outcome) -> Vec<Vec<Case>> {
    let cases = cases(fault, lasting, outcome);
    match fault {
        Fault::Silence | Fault::Late(_) | Fault::Slow(TOO_SLOW | ENDLESS) => {
            cases.into_iter().map(|case| vec![case]).collect()
        }
        _ => vec![cases],
    }
}

/// Returns the cases of a fault that make sense.
fn cases(fault: Fault, lasting: Lasting, outcome: Outcome) -> Vec<Case> {
    let makes_sense = |operation: &&str| !matches!(fault, Fault::Pages(_)) || *operation == "Query";
    let case = |operation| {
        let outcome = match (fault, operation) {
            // The only content of the response to a write is that the write is done.
            (Fault::NoBody, "Query") => Unavailable,
            _ => outcome,
        };
        Case { fault, lasting, operation, outcome }
    };
    OPERATIONS.into_iter().filter(makes_sense).map(case).collect()
}

/// Runs the cases one after the other in one world, each with users of its own. Returns the outcome
/// for each endpoint.
async fn run(cases: Vec<Case>, template: &Template, busy: &Semaphore) -> Vec<String> {
    let mut done = Vec::new();
    let permit = busy.acquire().await.unwrap();
    let world = World::new().await;
    drop(permit);
    for (round, case) in (0..).zip(cases) {
        done.extend(case.run(&world, round * 200, template, busy).await);
    }
    done
}

impl Case {
    async fn run(
        &self,
        world: &World,
        beginning: u64,
        template: &Template,
        busy: &Semaphore,
    ) -> Vec<String> {
        let permit = busy.acquire().await.unwrap();
        world.after(beginning);
        let mut stories = Vec::new();
        for endpoint in ENDPOINTS.into_iter().filter(|it| it.asks(self.operation)) {
            stories.push(Story::begin(world, endpoint, self.operation).await);
        }
        drop(permit);
        world.wire.heal();
        self.ask(world, &mut stories).await;
        let _permit = busy.acquire().await.unwrap();
        for story in &mut stories {
            self.judge(story, template, world);
            if self.is_a_lie() && story.endpoint == Endpoint::Unregister {
                // The failed condition means that the device is gone. The endpoint believes it,
                // since nothing else in DynamoDB's response says otherwise.
                story.ask().await;
            }
            story.check_at_once(world, &self.of(story)).await;
        }
        world.after(beginning + 3);
        for story in &mut stories {
            story.check_quick_repeat(world, &self.of(story)).await;
        }
        world.after(beginning + 5);
        for story in &mut stories {
            story.check_repeat(world, &self.of(story)).await;
        }
        stories
            .iter()
            .map(|story| format!("{}: {}", self.of(story), story.response().status))
            .collect()
    }

    async fn ask(&self, world: &World, stories: &mut [Story]) {
        match self.lasting {
            Lasting::Once => {
                for story in stories {
                    world.wire.fail_next_of(self.operation, self.fault);
                    story.ask().await;
                    assert_eq!(world.wire.heal(), 1, "{}", self.of(story));
                }
            }
            Lasting::Always => {
                let count = stories.len();
                world.wire.set_fault_of(self.operation, self.fault);
                join_all(stories.iter_mut().map(Story::ask)).await;
                assert!(world.wire.heal() >= count, "{self:?}");
            }
        }
        world.wire.settled().await;
    }

    fn of(&self, story: &Story) -> String {
        let Self { fault, lasting, operation, .. } = self;
        format!("{:?}, {operation}, {fault:?}, {lasting:?}", story.endpoint)
    }

    fn is_a_lie(&self) -> bool {
        matches!(self.fault, Fault::Conflict | Fault::ConflictWithItem)
    }

    fn judge(&self, story: &Story, template: &Template, world: &World) {
        let (response, endpoint) = (story.response(), story.endpoint);
        let status = response.status.as_u16();
        let causes: Vec<_> =
            world.log.lines().into_iter().map(|mut line| line["cause"].take()).collect();
        let what = format!("{}: {status} {} {causes:?}", self.of(story), response.text);
        let limit = template.timeout(&template.function_behind(endpoint.route()));
        assert!(story.waited() < limit, "{what}: {:?}", story.waited());
        match self.outcome {
            // The caller's response does not depend on whether the device was forgotten.
            _ if endpoint == Endpoint::PlaceToGone => assert_eq!(status, 200, "{what}"),
            Served => assert!(response.status.is_success(), "{what}"),
            Unavailable => assert_eq!(status, 503, "{what}"),
            Uncertain => assert!(matches!(status, 200 | 204 | 429 | 503), "{what}"),
        }
        if !response.status.is_success() {
            response.expect_error(status, if status == 503 { 201 } else { 117 });
            let wait: u64 = response.header("retry-after").parse().unwrap();
            assert!((1..=5).contains(&wait), "{what}");
        }
    }
}
