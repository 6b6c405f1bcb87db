//! Connections that are lost, and parties that come back.

use std::time::Duration;

use loop_core::{
    limits::{HELLOS_BEFORE_MEDIA, HELLOS_PER_SIDE},
    progress::{CallState, Event, EventError, Role, TerminationReason},
};

use crate::story::{
    Story, TIMEOUTS, accept, alerting, back, caller_hello, connected, connecting, connection, gone,
    hello, media_up,
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
fn a_party_that_leaves_after_the_accept_has_the_rest_of_the_wait_to_come_back() {
    for media in [None, Some("caller"), Some("phone")] {
        for (role, leaves, stays) in
            [(Role::Caller, "caller", "phone"), (Role::Callee, "phone", "caller")]
        {
            let mut story = connecting();
            if let Some(party) = media {
                story.happens(&media_up(party)).unwrap();
            }
            let state = if media.is_some() { "half-connected" } else { "connecting" };
            assert_eq!(story.tell(&gone(leaves)), format!("{state} until 15; {stays}: peer away"));
            let mut in_vain = story.clone().at(TIMEOUTS.connection);
            assert_eq!(
                in_vain.tell(&Event::Deadline),
                format!("terminated timeout; {stays}: terminated timeout; closed: {stays}")
            );
            assert_eq!(
                story.tell(&back(role, leaves, "again")),
                format!("{state} until 15; again: hello {state}; {stays}: peer here")
            );
            assert_eq!(story.progress.peer(&connection(stays)), Some(&connection("again")));
        }
    }
}

#[test]
fn a_party_takes_the_place_of_its_former_connection_before_anybody_has_missed_that() {
    for (mut story, state) in [(connecting(), "connecting until 15"), (connected(), "connected")] {
        let name = state.split(' ').next().unwrap();
        for (role, party, other) in
            [(Role::Callee, "phone", "caller"), (Role::Caller, "caller", "phone 2")]
        {
            let again = format!("{party} 2");
            assert_eq!(
                story.tell(&back(role, party, &again)),
                format!("{state}; {again}: hello {name}; {other}: peer here; closed: {party}")
            );
            assert_eq!(story.tell(&gone(party)), state, "the former one counts no more");
            assert_eq!(story.tell(&accept(party)), "refused: say hello first");
        }
        // Who it is was decided by the first connection, however often it changes.
        assert_eq!(
            story.tell(&back(Role::Callee, "phone", "phone 3")),
            format!("{state}; phone 3: hello {name}; caller 2: peer here; closed: phone 2")
        );
    }
}

#[test]
fn connected_goes_on_without_the_channel_as_long_as_somebody_comes_back_in_time() {
    for (role, first, second) in
        [(Role::Caller, "caller", "phone"), (Role::Callee, "phone", "caller")]
    {
        let mut story = connected();
        assert_eq!(story.tell(&gone(first)), format!("connected; {second}: peer away"));
        assert_eq!(story.tell(&gone(first)), "connected");
        assert_eq!(story.tell(&gone(second)), "connected until 60");
        assert_eq!(
            story.clone().at(TIMEOUTS.absence).tell(&back(role, first, "late")),
            "terminated closed; late: hello terminated closed; closed: late"
        );
        assert_eq!(story.tell(&back(role, first, "again")), "connected; again: hello connected");
        let mut much_later = story.at(Duration::from_hours(5));
        assert_eq!(much_later.tell(&Event::Deadline), "connected");
    }
}

#[test]
fn only_the_device_that_has_accepted_comes_back_to_a_conversation() {
    for mut story in [connecting(), connected()] {
        story.happens(&gone("phone")).unwrap();
        for stranger in [hello("tablet"), back(Role::Callee, "laptop", "laptop 2")] {
            let told = story.tell(&stranger);
            assert!(told.contains("hello terminated answered-elsewhere; closed: "), "{told}");
        }
        let told = story.tell(&back(Role::Callee, "phone", "phone 2"));
        assert!(!told.contains("terminated"), "{told}");
    }
}

#[test]
fn a_device_that_comes_back_while_it_rings_is_the_same_one() {
    let mut story = alerting();
    assert_eq!(
        story.tell(&back(Role::Callee, "phone", "phone 2")),
        "alerting until 30; phone 2: hello alerting; closed: phone"
    );
    story.happens(&gone("phone 2")).unwrap();
    story.happens(&back(Role::Callee, "phone", "phone 3")).unwrap();
    story.happens(&accept("phone 3")).unwrap();
    let told = story.tell(&back(Role::Callee, "phone", "phone 4"));
    assert!(told.contains("; phone 4: hello connecting"), "{told}");
}

#[test]
fn the_callers_next_page_takes_the_place_of_the_first() {
    let mut story = alerting();
    let again = Event::Join(Role::Caller, connection("caller 2"));
    assert_eq!(story.tell(&again), "alerting until 30; caller 2: hello alerting; closed: caller");
    assert_eq!(story.tell(&gone("caller")), "alerting until 30", "the former one counts no more");
    story.happens(&gone("caller 2")).unwrap();
    assert_eq!(story.progress.reason(), Some(TerminationReason::Cancel));
}

#[test]
fn a_page_whose_place_another_has_taken_does_not_come_back() {
    let mut story = alerting();
    story.happens(&Event::Join(Role::Caller, connection("caller 2"))).unwrap();
    assert_eq!(story.tell(&back(Role::Caller, "caller", "caller 3")), "refused: say hello first");
    assert_eq!(
        story.tell(&back(Role::Caller, "caller 2", "caller 3")),
        "alerting until 30; caller 3: hello alerting; closed: caller 2"
    );
}

/// The API's token lets join what rings. It was told before anybody knew who would accept.
#[test]
fn nobody_joins_a_conversation() {
    for left in [&[][..], &["caller"], &["caller", "phone"]] {
        let mut story = connected();
        for party in left {
            story.happens(&gone(party)).unwrap();
        }
        let before = story.progress.clone();
        let tab = Event::Join(Role::Caller, connection("tab"));
        assert_eq!(story.happens(&tab), Err(EventError::NotAParty), "{left:?} have left");
        assert_eq!(story.progress, before);
    }
    // The response to the first hello may not have reached the caller before the accept.
    let mut story = connecting();
    let told = story.tell(&Event::Join(Role::Caller, connection("tab")));
    assert_eq!(told, "connecting until 15; tab: hello connecting; closed: caller");
}

#[test]
fn one_side_has_so_many_connections_and_no_more() {
    let mut story = alerting();
    for number in 1..HELLOS_BEFORE_MEDIA {
        let again = Event::Join(Role::Caller, connection(&number.to_string()));
        story.happens(&again).unwrap();
        story.happens(&again).unwrap();
    }
    let one_more = Event::Join(Role::Caller, connection("one more"));
    assert_eq!(story.happens(&one_more), Err(EventError::TooManyHellos));
    story.happens(&hello("tablet")).expect("the other side has its own");

    let mut story = connected();
    for number in 1..HELLOS_PER_SIDE {
        story.happens(&back(Role::Caller, "caller", &number.to_string())).unwrap();
    }
    let one_more = back(Role::Caller, "caller", "one more");
    assert_eq!(story.happens(&one_more), Err(EventError::TooManyHellos));
    assert_eq!(story.progress.state(), CallState::Connected);
}

#[test]
fn who_was_dismissed_leaves_without_consequence() {
    let mut story = connecting();
    assert_eq!(story.tell(&gone("laptop")), "connecting until 15");
    assert_eq!(story.tell(&gone("nobody")), "connecting until 15");
}
