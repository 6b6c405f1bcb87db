//! Connections that are lost, and parties that come back.

use loop_core::progress::{CallState, Event, Role, TerminationReason};

use crate::story::{
    Story, accept, alerting, caller_hello, connected, connecting, connection, gone, hello, media_up,
};

#[test]
fn a_caller_who_leaves_before_the_accept_cancels() {
    for mut story in [Story::of([caller_hello()]), alerting()] {
        story.happens(&gone("caller")).unwrap();
        assert_eq!(story.progress.reason(), Some(TerminationReason::Cancel));
    }
    assert_eq!(
        alerting().tell(&gone("caller")),
        "terminated cancel; phone: terminated cancel; laptop: terminated cancel; \
         closed: phone, laptop"
    );
}

#[test]
fn a_device_that_leaves_while_it_rings_may_come_back_also_when_it_was_the_last() {
    let mut story = alerting();
    assert_eq!(story.tell(&gone("phone")), "alerting until 30");
    assert_eq!(story.tell(&gone("laptop")), "alerting until 30");
    assert_eq!(story.tell(&hello("phone 2")), "alerting until 30; phone 2: hello alerting");
    story.happens(&accept("phone 2")).unwrap();
    assert_eq!(story.progress.state(), CallState::Connecting);
}

#[test]
fn a_party_that_leaves_before_both_have_media_ends_the_call() {
    for media in [None, Some("caller"), Some("phone")] {
        for (leaves, stays) in [("caller", "phone"), ("phone", "caller")] {
            let mut story = connecting();
            if let Some(party) = media {
                story.happens(&media_up(party)).unwrap();
            }
            assert_eq!(
                story.tell(&gone(leaves)),
                format!("terminated closed; {stays}: terminated closed; closed: {stays}")
            );
        }
    }
}

#[test]
fn connected_goes_on_until_both_are_gone() {
    for (first, second) in [("caller", "phone"), ("phone", "caller")] {
        let mut story = connected();
        assert_eq!(story.tell(&gone(first)), "connected");
        assert_eq!(story.tell(&gone(first)), "connected");
        assert_eq!(story.tell(&gone(second)), "terminated closed");
    }
}

#[test]
fn a_party_comes_back_to_a_connected_call_by_saying_hello() {
    let mut story = connected();
    story.happens(&gone("phone")).unwrap();
    assert_eq!(story.tell(&hello("phone 2")), "connected; phone 2: hello connected");
    story.happens(&gone("caller")).unwrap();
    let again = Event::Hello(Role::Caller, connection("caller 2"));
    assert_eq!(story.tell(&again), "connected; caller 2: hello connected");
    assert_eq!(story.progress.peer(&connection("caller 2")), Some(&connection("phone 2")));
    assert_eq!(story.tell(&media_up("phone 2")), "connected");
}

#[test]
fn the_callers_next_page_takes_the_place_of_the_first() {
    let mut story = alerting();
    let again = Event::Hello(Role::Caller, connection("caller 2"));
    assert_eq!(story.tell(&again), "alerting until 30; caller 2: hello alerting; closed: caller");
    assert_eq!(story.tell(&gone("caller")), "alerting until 30", "the former one counts no more");
    story.happens(&gone("caller 2")).unwrap();
    assert_eq!(story.progress.reason(), Some(TerminationReason::Cancel));
}

#[test]
fn who_was_dismissed_leaves_without_consequence() {
    let mut story = connecting();
    assert_eq!(story.tell(&gone("laptop")), "connecting until 15");
    assert_eq!(story.tell(&gone("nobody")), "connecting until 15");
}
