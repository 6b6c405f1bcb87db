//! Every state × every event × every kind of sender, against `table.txt`.

use std::{fmt::Write, time::Duration};

use loop_core::progress::{
    Event, Role,
    TerminationReason::{Cancel, Closed, Reject},
};

use crate::story::{
    Story, accept, alerting, back, caller_hello, connected, connecting, connection, gone, hello,
    media_up, terminate,
};

/// The expected effects of each event, one second after the call came to the state. People have
/// agreed on them, and the tests over real connections read them too.
const TABLE: &str = include_str!("table.txt");

#[test]
fn every_event_in_every_state_does_what_the_table_says() {
    let mut found = String::new();
    for (state, story) in states() {
        writeln!(found, "\n# {state}").unwrap();
        for (name, event) in events() {
            let mut story = story.clone();
            let words = story.tell(&event);
            writeln!(found, "{name:<18}| {words}").unwrap();
        }
    }
    let agreed = TABLE.split_once("\n\n").map_or("", |(_, rows)| rows).trim();
    for (found, agreed) in found.trim().lines().zip(agreed.lines()) {
        assert_eq!(found, agreed);
    }
    assert_eq!(found.trim().lines().count(), agreed.lines().count(), "no more and no fewer rows");
}

/// Returns each state, and half-connected once for each side.
fn states() -> [(&'static str, Story); 8] {
    let mut caller_has_media = connecting();
    caller_has_media.happens(&media_up("caller")).unwrap();
    let mut callee_has_media = connecting();
    callee_has_media.happens(&media_up("phone")).unwrap();
    let mut terminated = connecting();
    terminated.happens(&terminate("caller", Closed)).unwrap();
    [
        ("init, nobody there", Story::new()),
        ("init, caller there", Story::of([caller_hello()])),
        ("alerting", alerting()),
        ("connecting", connecting()),
        ("half-connected, caller has media", caller_has_media),
        ("half-connected, callee has media", callee_has_media),
        ("connected", connected()),
        ("terminated", terminated),
    ]
    .map(|(name, story)| (name, story.at(Duration::from_secs(1))))
}

/// Returns each event from these senders: the caller; another page of the caller (only its hello
/// differs from the events of a stranger); the device that accepts; one that only alerts; one that
/// the call has not seen before.
fn events() -> Vec<(String, Event)> {
    let mut events = vec![
        ("caller hello".to_owned(), caller_hello()),
        ("caller accept".to_owned(), accept("caller")),
        ("caller media-up".to_owned(), media_up("caller")),
        ("caller cancel".to_owned(), terminate("caller", Cancel)),
        ("caller gone".to_owned(), gone("caller")),
        ("caller back".to_owned(), back(Role::Caller, "caller", "caller 2")),
        ("tab hello".to_owned(), Event::Join(Role::Caller, connection("tab"))),
    ];
    for device in ["phone", "laptop", "tablet"] {
        events.extend([
            (format!("{device} hello"), hello(device)),
            (format!("{device} accept"), accept(device)),
            (format!("{device} media-up"), media_up(device)),
            (format!("{device} reject"), terminate(device, Reject)),
            (format!("{device} gone"), gone(device)),
            (format!("{device} back"), back(Role::Callee, device, &format!("{device} 2"))),
        ]);
    }
    events.push(("deadline".to_owned(), Event::Deadline));
    events
}
