//! Every event of the channel under every fault of DynamoDB and the network, both once and
//! permanently: an event that failed can be repeated, and no event takes effect twice.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use loop_channel::Timer;
use loop_core::{UnavailableError, progress::Role};
use loop_testkit::Fault;
use serde_json::json;
use tokio::sync::Semaphore;

use crate::world::{CALL, World, hello};

/// A delay beyond the store's timeout for one response.
const TOO_SLOW: Duration = Duration::from_millis(1_400);

/// The time that an event may take, which is less than the function's timeout.
const LIMIT: Duration = Duration::from_secs(24);

/// One fault of each kind. The HTTP endpoints are tested with all faults, through the same client.
const FAULTS: [Fault; 8] = [
    Fault::Throttle,
    Fault::AccessDenied,
    Fault::DropBefore,
    Fault::DropAfter,
    Fault::Silence,
    Fault::Late(TOO_SLOW),
    Fault::Garbage,
    Fault::Truncated,
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum EventKind {
    Hello,
    Accept,
    Signal,
    Ping,
    Disconnect,
    Deadline,
}

const EVENTS: [(EventKind, &[&str]); 6] = [
    (EventKind::Hello, &["UpdateItem", "Query", "PutItem"]),
    (EventKind::Accept, &["UpdateItem", "GetItem"]),
    (EventKind::Signal, &["UpdateItem", "GetItem"]),
    (EventKind::Ping, &["UpdateItem"]),
    (EventKind::Disconnect, &["UpdateItem", "GetItem", "DeleteItem"]),
    (EventKind::Deadline, &["GetItem", "UpdateItem"]),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_event_bears_every_fault_of_the_table() {
    let mut cases = Vec::new();
    for (event, operations) in EVENTS {
        for operation in operations {
            for fault in FAULTS {
                cases.push((event, *operation, fault, false));
                cases.push((event, *operation, fault, true));
            }
        }
    }
    println!("{} cases", cases.len());
    // Waiting for faults takes no processor time, but the rest of a case does, and a machine that
    // is too busy would be a fault of its own.
    let busy = Semaphore::new(2);
    join_all(
        cases.iter().map(|(event, operation, fault, stays)| {
            check(*event, operation, *fault, *stays, &busy)
        }),
    )
    .await;
}

async fn check(event: EventKind, operation: &str, fault: Fault, stays: bool, busy: &Semaphore) {
    let what = format!("{event:?} {operation} {fault:?} stays: {stays}");
    let permit = busy.acquire().await.unwrap();
    let world = World::new().await;
    let timer = prepare(&world, event).await;
    drop(permit);
    world.wire.heal();
    if stays {
        world.wire.set_fault_of(operation, fault);
    } else {
        world.wire.fail_next_of(operation, fault);
    }
    let started = Instant::now();
    let result = happens(&world, event, timer.as_ref()).await;
    assert!(started.elapsed() < LIMIT, "{what}");
    assert!(world.wire.heal() > 0, "{what}");
    world.wire.settled().await;
    let _permit = busy.acquire().await.unwrap();
    let mut heard: Vec<String> = Vec::new();
    let mut queued = None;
    if event == EventKind::Disconnect && result.is_err() {
        queued = world.timers().pop();
        assert!(queued.is_some(), "{what}: no timer will repeat it");
    } else {
        heard.extend(world.heard());
    }
    if result.is_err() {
        let from_a_client = !matches!(event, EventKind::Disconnect | EventKind::Deadline);
        let errors = heard.iter().filter(|it| it.ends_with(": error 201")).count();
        assert_eq!(errors, usize::from(from_a_client), "{what}: {heard:?}");
        let again = match &queued {
            None => happens(&world, event, timer.as_ref()).await,
            Some(queued) => {
                world.clock.advance(Duration::from_secs(5));
                world.fire(queued).await
            }
        };
        again.unwrap_or_else(|error| panic!("{what}: {error}"));
        heard.extend(world.heard());
    }
    expect_done(&world, event, &heard, &what).await;
}

/// Advances the call to the state in which the event can happen, and returns the timer that it
/// needs.
async fn prepare(world: &World, event: EventKind) -> Option<Timer> {
    if event == EventKind::Hello {
        return None;
    }
    let token = world.token(CALL, Role::Caller);
    world.send("alice=", &hello(&token).to_string()).await.unwrap();
    let timer = world.timers().pop();
    if event == EventKind::Deadline {
        world.clock.advance(Duration::from_secs(10));
    } else {
        world.hello("laptop=", Role::Callee).await;
    }
    if event == EventKind::Signal {
        world.act("laptop=", "accept").await;
    }
    world.heard();
    timer
}

async fn happens(
    world: &World,
    event: EventKind,
    timer: Option<&Timer>,
) -> Result<(), UnavailableError> {
    let accept = json!({ "type": "action", "event": "accept" });
    let signal = json!({ "type": "signal", "data": 1 });
    let ping = json!({ "type": "ping" });
    match event {
        EventKind::Hello => {
            let token = world.token(CALL, Role::Caller);
            world.send("alice=", &hello(&token).to_string()).await
        }
        EventKind::Accept => world.send("laptop=", &accept.to_string()).await,
        EventKind::Signal => world.send("alice=", &signal.to_string()).await,
        EventKind::Ping => world.send("alice=", &ping.to_string()).await,
        EventKind::Disconnect => world.try_disconnect("alice=").await,
        EventKind::Deadline => world.fire(timer.unwrap()).await,
    }
}

async fn expect_done(world: &World, event: EventKind, heard: &[String], what: &str) {
    let count = |expected: &str| heard.iter().filter(|it| *it == expected).count();
    match event {
        EventKind::Hello => assert_eq!(count("alice=: hello caller init"), 1, "{what}: {heard:?}"),
        EventKind::Accept => {
            assert_eq!(count("alice=: progress connecting"), 1, "{what}: {heard:?}");
            assert_eq!(count("laptop=: progress connecting"), 1, "{what}: {heard:?}");
        }
        EventKind::Signal => assert_eq!(count("laptop=: signal 1"), 1, "{what}: {heard:?}"),
        EventKind::Ping => assert_eq!(count("alice=: pong"), 1, "{what}: {heard:?}"),
        EventKind::Disconnect | EventKind::Deadline => {}
    }
    let state = match event {
        EventKind::Hello | EventKind::Ping => "phone=: hello callee alerting",
        EventKind::Accept | EventKind::Signal => {
            "phone=: hello callee terminated answered-elsewhere"
        }
        EventKind::Disconnect => "phone=: hello callee terminated cancel",
        EventKind::Deadline => "phone=: hello callee terminated timeout",
    };
    let found = world.hello("phone=", Role::Callee).await;
    assert!(found.contains(&state.to_owned()), "{what}: {found:?}");
}
