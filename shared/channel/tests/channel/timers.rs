//! Deadlines that have passed, with timers that the queue delivers late, early or twice.

use std::time::Duration;

use loop_channel::Timer;
use loop_core::progress::Role;
use serde_json::json;

use crate::world::{World, later};

const SUPERVISORY: Duration = Duration::from_secs(10);
const RINGING: Duration = Duration::from_secs(30);

#[tokio::test]
async fn a_late_and_repeated_timer_ends_an_unanswered_call_once() {
    let world = World::new().await;
    world.hello("alice=", Role::Caller).await;
    world.heard();
    world.send_hello("laptop=").await;
    let [timer] = &world.timers()[..] else { panic!("one timer") };
    assert_eq!(timer.at(), later(world.clock.now(), 30_000));
    world.clock.advance(RINGING + Duration::from_secs(25));
    world.fire(timer).await.unwrap();
    assert_eq!(
        world.heard(),
        [
            "alice=: progress terminated timeout",
            "alice=: closed",
            "laptop=: progress terminated timeout",
            "laptop=: closed",
        ]
    );
    world.fire(timer).await.unwrap();
    assert!(world.heard().is_empty());
}

#[tokio::test]
async fn a_timer_that_fires_early_is_scheduled_again() {
    let world = World::new().await;
    world.send_hello("laptop=").await;
    let timer = world.timers().remove(0);
    // The caller has not come, so the deadline is the supervisory one.
    world.clock.advance(SUPERVISORY - Duration::from_millis(1));
    world.fire(&timer).await.unwrap();
    assert_eq!(world.timers(), std::slice::from_ref(&timer));
    world.clock.advance(Duration::from_millis(1));
    world.fire(&timer).await.unwrap();
    assert_eq!(world.heard(), ["laptop=: progress terminated timeout", "laptop=: closed"]);
}

#[tokio::test]
async fn a_timer_of_a_past_state_changes_nothing() {
    let world = World::new().await;
    let token = world.token(crate::world::CALL, Role::Caller);
    world.send("alice=", &crate::world::hello(&token).to_string()).await.unwrap();
    let supervisory = world.timers().remove(0);
    world.send_hello("laptop=").await;
    let ringing = world.timers().remove(0);
    world.clock.advance(SUPERVISORY);
    world.fire(&supervisory).await.unwrap();
    assert!(world.heard().is_empty(), "the phone rings by now");
    world.act("laptop=", "accept").await;
    world.act("laptop=", "media-up").await;
    world.act("alice=", "media-up").await;
    world.clock.advance(RINGING);
    world.fire(&ringing).await.unwrap();
    assert!(world.heard().is_empty(), "they are connected");
    assert_eq!(world.signal("alice=", json!(1)).await, ["laptop=: signal 1"]);
}

#[tokio::test]
async fn a_deadline_counts_before_its_timer_fires() {
    let world = World::new().await;
    world.hello("alice=", Role::Caller).await;
    world.hello("laptop=", Role::Callee).await;
    world.clock.advance(RINGING);
    assert_eq!(world.act("laptop=", "accept").await.len(), 4);
    assert_eq!(
        world.hello("phone=", Role::Callee).await,
        ["phone=: hello callee terminated timeout", "phone=: closed"]
    );
}

#[tokio::test]
async fn a_timer_of_a_call_that_is_gone_does_nothing() {
    let world = World::new().await;
    let gone = Timer::Deadline {
        callee: crate::world::CALLEE,
        call: loop_core::CallId::from_bytes([8; 16]),
        slot: 3,
        at: world.clock.now(),
    };
    world.fire(&gone).await.unwrap();
    let Timer::Deadline { callee, call, at, .. } = gone else { unreachable!() };
    world.fire(&Timer::Deadline { callee, call, slot: 200, at }).await.unwrap();
    assert!(world.heard().is_empty());
}

impl World {
    /// Sends hello for a device, and leaves the replies to be taken.
    async fn send_hello(&self, connection: &str) {
        let token = self.token(crate::world::CALL, Role::Callee);
        self.send(connection, &crate::world::hello(&token).to_string()).await.unwrap();
    }
}
