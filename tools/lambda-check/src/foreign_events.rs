//! The check that functions survive events that are not for them.

use loop_testkit::{PushReceiver, fixtures::event};

use crate::{
    foreign::{Foreign, SECRET},
    log_lines::assert_only_log_lines,
    success::is_success,
    world::{World, spawn},
};

/// Checks that no event, however little it has to do with the function built as `binary`, ends the
/// process or makes it reveal a part of the event, and that the process still handles
/// `events/<name>.json` after each of them.
///
/// # Panics
/// The process ends, tells a part of the event, or no longer handles its own event.
pub async fn survives_foreign_events(binary: &str, name: &str) {
    let own = event(name);
    let push = PushReceiver::start().await;
    let world = World::new(&push).await;
    let process = spawn(binary, &world.environment).await;
    for foreign in Foreign::all(&own) {
        foreign.check(&process, &own).await;
        let response = process.invoke(own.clone()).await.unwrap();
        assert!(is_success(&response), "after {}: {response}", foreign.name);
    }
    assert_only_log_lines(&process, &own, &world.environment);
    assert!(!process.output().stdout.contains(SECRET), "{:?}", process.output());
}
