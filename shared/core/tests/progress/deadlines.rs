//! The three waits: to the millisecond, early, late and twice.

use std::time::Duration;

use loop_core::progress::{CallState, Event, EventError, Progress, TerminationReason};

use crate::story::{
    START, Story, TIMEOUTS, accept, alerting, caller_hello, connected, connecting, gone, hello,
    media_up, terminate,
};

#[test]
fn each_wait_ends_in_its_exact_millisecond() {
    let mut half_connected = connecting();
    half_connected.happens(&media_up("caller")).unwrap();
    for (story, wait) in [
        (Story::of([caller_hello()]), TIMEOUTS.supervisory),
        (alerting(), TIMEOUTS.ringing),
        (connecting(), TIMEOUTS.connection),
        (half_connected, TIMEOUTS.connection),
    ] {
        let mut early = story.clone().at(wait - Duration::from_millis(1));
        assert_eq!(early.happens(&Event::Deadline).unwrap(), Default::default());
        assert_eq!(early.progress, story.progress);

        let mut due = story.at(wait);
        let told = due.happens(&Event::Deadline).unwrap();
        assert_eq!(due.progress.state(), CallState::Terminated);
        assert_eq!(due.progress.reason(), Some(TerminationReason::Timeout));
        assert_eq!(told.notices.len(), told.closes.len());
        assert!(!told.closes.is_empty());
    }
}

#[test]
fn a_deadline_that_fires_late_or_twice_changes_nothing_more() {
    let mut story = alerting().at(Duration::from_hours(1));
    assert_eq!(story.happens(&Event::Deadline).unwrap().closes.len(), 3);
    let over = story.progress.clone();
    for later in [1, 2].map(Duration::from_hours) {
        story = story.at(later);
        assert_eq!(story.happens(&Event::Deadline).unwrap(), Default::default());
        assert_eq!(story.progress, over);
    }
}

#[test]
fn the_deadline_of_an_earlier_state_changes_nothing() {
    for (story, fires_at) in [
        (alerting(), TIMEOUTS.supervisory),
        (connecting(), TIMEOUTS.supervisory),
        (connected(), TIMEOUTS.connection),
        (connected(), TIMEOUTS.ringing),
    ] {
        let mut later = story.clone().at(fires_at);
        assert_eq!(later.happens(&Event::Deadline).unwrap(), Default::default());
        assert_eq!(later.progress, story.progress);
    }
}

#[test]
fn whatever_comes_at_the_deadline_finds_the_call_over() {
    for event in [
        accept("phone"),
        hello("phone"),
        caller_hello(),
        media_up("phone"),
        terminate("caller", TerminationReason::Cancel),
        accept("caller"),
    ] {
        let mut story = alerting().at(TIMEOUTS.ringing);
        assert_eq!(
            story.tell(&event),
            "terminated timeout; caller: terminated timeout; phone: terminated timeout; \
             laptop: terminated timeout; closed: caller, phone, laptop",
            "{event:?}"
        );
    }
}

#[test]
fn who_is_gone_at_the_deadline_is_not_told() {
    assert_eq!(
        alerting().at(TIMEOUTS.ringing).tell(&gone("phone")),
        "terminated timeout; caller: terminated timeout; laptop: terminated timeout; \
         closed: caller, laptop"
    );
}

#[test]
fn who_comes_at_the_deadline_is_told_that_it_is_over() {
    assert_eq!(
        Story::of([caller_hello()]).at(TIMEOUTS.supervisory).tell(&hello("phone")),
        "terminated timeout; caller: terminated timeout; phone: hello terminated timeout; \
         closed: caller, phone"
    );
}

#[test]
fn a_stranger_at_the_deadline_is_a_stranger() {
    let mut story = alerting().at(TIMEOUTS.ringing);
    for event in [accept("tablet"), media_up("tablet")] {
        assert_eq!(story.happens(&event), Err(EventError::NotAParty));
    }
    assert_eq!(story.progress, alerting().progress);
}

#[test]
fn a_wait_is_not_made_longer_by_saying_hello_again() {
    let mut story = Story::of([caller_hello()]).at(Duration::from_secs(5));
    story.happens(&caller_hello()).unwrap();
    assert_eq!(ends_after(&story.progress), TIMEOUTS.supervisory);
    story.happens(&hello("phone")).unwrap();
    assert_eq!(ends_after(&story.progress), Duration::from_secs(5) + TIMEOUTS.ringing);
    story = story.at(Duration::from_secs(6));
    story.happens(&hello("laptop")).unwrap();
    story.happens(&caller_hello()).unwrap();
    assert_eq!(ends_after(&story.progress), Duration::from_secs(5) + TIMEOUTS.ringing);
}

#[test]
fn a_device_that_comes_before_the_caller_rings_no_longer() {
    let mut story = Story::of([hello("phone")]).at(Duration::from_secs(9));
    story.happens(&caller_hello()).unwrap();
    assert_eq!(ends_after(&story.progress), TIMEOUTS.ringing);
    assert_eq!(
        story.at(TIMEOUTS.ringing).tell(&Event::Deadline),
        "terminated timeout; caller: terminated timeout; phone: terminated timeout; \
         closed: caller, phone"
    );
}

#[test]
fn a_device_does_not_wait_for_a_caller_who_never_comes() {
    let mut story = Story::of([hello("phone"), hello("laptop")]);
    assert_eq!(ends_after(&story.progress), TIMEOUTS.supervisory);
    story = story.at(TIMEOUTS.supervisory);
    assert_eq!(
        story.tell(&Event::Deadline),
        "terminated timeout; phone: terminated timeout; laptop: terminated timeout; \
         closed: phone, laptop"
    );
}

#[test]
fn a_call_that_nobody_came_for_has_no_deadline() {
    assert_eq!(Progress::default().deadline(), None);
    let mut story = Story::new().at(Duration::from_hours(1));
    story.happens(&Event::Deadline).unwrap();
    assert_eq!(story.progress, Progress::default());
}

/// Returns the time from the start of the story to the deadline.
fn ends_after(progress: &Progress) -> Duration {
    progress.deadline().unwrap().since(START)
}
