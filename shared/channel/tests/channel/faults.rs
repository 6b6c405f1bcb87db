//! Every event of the channel under every fault that DynamoDB and the network can have, once and
//! for ever: what could not be done can be done again, and what was done is done once.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use loop_channel::Reminder;
use loop_core::{UnavailableError, progress::Role};
use loop_testkit::Fault;
use serde_json::json;
use tokio::sync::Semaphore;

use crate::world::{CALL, World, hello};

/// Longer than the store waits for one answer.
const TOO_SLOW: Duration = Duration::from_millis(1_400);

/// Less than what Lambda gives an event.
const LIMIT: Duration = Duration::from_secs(24);

/// One of each kind: the endpoints bear all of them, through the same client.
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
enum What {
    Hello,
    Accept,
    Signal,
    Ping,
    Disconnect,
    Deadline,
}

const EVENTS: [(What, &[&str]); 6] = [
    (What::Hello, &["UpdateItem", "Query", "PutItem"]),
    (What::Accept, &["UpdateItem", "GetItem"]),
    (What::Signal, &["UpdateItem", "GetItem"]),
    (What::Ping, &["UpdateItem"]),
    (What::Disconnect, &["UpdateItem", "GetItem", "DeleteItem"]),
    (What::Deadline, &["GetItem", "UpdateItem"]),
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
    // Faults take time. All else takes the machine, and a machine that is too busy is a fault that
    // nobody has asked for.
    let busy = Semaphore::new(2);
    join_all(
        cases.iter().map(|(event, operation, fault, stays)| {
            check(*event, operation, *fault, *stays, &busy)
        }),
    )
    .await;
}

async fn check(event: What, operation: &str, fault: Fault, stays: bool, busy: &Semaphore) {
    let what = format!("{event:?} {operation} {fault:?} stays: {stays}");
    let permit = busy.acquire().await.unwrap();
    let world = World::new().await;
    let reminder = prepare(&world, event).await;
    drop(permit);
    world.wire.heal();
    if stays {
        world.wire.set_fault_of(operation, fault);
    } else {
        world.wire.fail_next_of(operation, fault);
    }
    let started = Instant::now();
    let result = happens(&world, event, reminder.as_ref()).await;
    assert!(started.elapsed() < LIMIT, "{what}");
    assert!(world.wire.heal() > 0, "{what}");
    world.wire.settled().await;
    let _permit = busy.acquire().await.unwrap();
    let mut heard: Vec<String> = Vec::new();
    let mut queued = None;
    if event == What::Disconnect && result.is_err() {
        queued = world.reminders().pop();
        assert!(queued.is_some(), "{what}: nobody will note it later");
    } else {
        heard.extend(world.heard());
    }
    if result.is_err() {
        let from_a_client = !matches!(event, What::Disconnect | What::Deadline);
        let told = heard.iter().filter(|it| it.ends_with(": error 201")).count();
        assert_eq!(told, usize::from(from_a_client), "{what}: {heard:?}");
        let again = match &queued {
            None => happens(&world, event, reminder.as_ref()).await,
            Some(queued) => {
                world.clock.advance(Duration::from_secs(5));
                world.remind(queued).await
            }
        };
        again.unwrap_or_else(|error| panic!("{what}: {error}"));
        heard.extend(world.heard());
    }
    expect_done(&world, event, &heard, &what).await;
}

/// All that comes before the event.
async fn prepare(world: &World, event: What) -> Option<Reminder> {
    if event == What::Hello {
        return None;
    }
    let token = world.token(CALL, Role::Caller);
    world.send("alice=", &hello(&token).to_string()).await.unwrap();
    let reminder = world.reminders().pop();
    if event == What::Deadline {
        world.clock.advance(Duration::from_secs(10));
    } else {
        world.hello("laptop=", Role::Callee).await;
    }
    if event == What::Signal {
        world.act("laptop=", "accept").await;
    }
    world.heard();
    reminder
}

async fn happens(
    world: &World,
    event: What,
    reminder: Option<&Reminder>,
) -> Result<(), UnavailableError> {
    let accept = json!({ "type": "action", "event": "accept" });
    let signal = json!({ "type": "signal", "data": 1 });
    let ping = json!({ "type": "ping" });
    match event {
        What::Hello => {
            let token = world.token(CALL, Role::Caller);
            world.send("alice=", &hello(&token).to_string()).await
        }
        What::Accept => world.send("laptop=", &accept.to_string()).await,
        What::Signal => world.send("alice=", &signal.to_string()).await,
        What::Ping => world.send("alice=", &ping.to_string()).await,
        What::Disconnect => world.try_disconnect("alice=").await,
        What::Deadline => world.remind(reminder.unwrap()).await,
    }
}

async fn expect_done(world: &World, event: What, heard: &[String], what: &str) {
    let count = |expected: &str| heard.iter().filter(|it| *it == expected).count();
    match event {
        What::Hello => assert_eq!(count("alice=: hello caller init"), 1, "{what}: {heard:?}"),
        What::Accept => {
            assert_eq!(count("alice=: progress connecting"), 1, "{what}: {heard:?}");
            assert_eq!(count("laptop=: progress connecting"), 1, "{what}: {heard:?}");
        }
        What::Signal => assert_eq!(count("laptop=: signal 1"), 1, "{what}: {heard:?}"),
        What::Ping => assert_eq!(count("alice=: pong"), 1, "{what}: {heard:?}"),
        What::Disconnect | What::Deadline => {}
    }
    let state = match event {
        What::Hello | What::Ping => "phone=: hello callee alerting",
        What::Accept | What::Signal => "phone=: hello callee terminated answered-elsewhere",
        What::Disconnect => "phone=: hello callee terminated cancel",
        What::Deadline => "phone=: hello callee terminated timeout",
    };
    let found = world.hello("phone=", Role::Callee).await;
    assert!(found.contains(&state.to_owned()), "{what}: {found:?}");
}
