//! Several devices of the callee, and the roles of connections.

use loop_core::{
    limits::DEVICES_PER_USER,
    progress::{CallState, Event, EventError, Progress, Role},
};

use crate::story::{
    Story, accept, alerting, caller_hello, connected, connecting, connection, gone, hello,
};

#[test]
fn the_first_to_accept_wins_and_the_others_are_told() {
    let mut story = alerting();
    story.happens(&hello("tablet")).unwrap();
    assert_eq!(
        story.tell(&accept("laptop")),
        "connecting until 15; phone: terminated answered-elsewhere; \
         tablet: terminated answered-elsewhere; caller: connecting; laptop: connecting; \
         closed: phone, tablet"
    );
    assert_eq!(story.happens(&accept("phone")), Err(EventError::NotAParty));
    assert_eq!(story.happens(&accept("laptop")), Err(EventError::WrongState));
}

#[test]
fn as_many_devices_may_listen_as_a_user_may_have() {
    let mut story = Story::of([caller_hello()]);
    for number in 0..DEVICES_PER_USER {
        story.happens(&hello(&number.to_string())).unwrap();
    }
    assert_eq!(story.happens(&hello("one more")), Err(EventError::TooManyDevices));
    story.happens(&hello("0")).unwrap();
    story.happens(&gone("0")).unwrap();
    story.happens(&hello("one more")).unwrap();
    let effects = story.happens(&accept("one more")).unwrap();
    assert_eq!(effects.closes.len(), DEVICES_PER_USER - 1);
}

#[test]
fn a_connection_is_on_one_side_only() {
    let as_caller = |name: &str| Event::Join(Role::Caller, connection(name));
    for mut story in [alerting(), connecting(), connected()] {
        assert_eq!(story.happens(&hello("caller")), Err(EventError::WrongRole));
        assert_eq!(story.happens(&as_caller("phone")), Err(EventError::WrongRole));
    }
}

#[test]
fn signalling_goes_to_the_other_party_from_connecting_on_and_nowhere_else() {
    let peer = |progress: &Progress, name: &str| progress.peer(&connection(name)).cloned();
    for story in [Story::new(), Story::of([caller_hello()]), alerting()] {
        for name in ["caller", "phone", "laptop"] {
            assert_eq!(peer(&story.progress, name), None);
        }
    }
    for story in [connecting(), connected()] {
        assert_eq!(peer(&story.progress, "caller"), Some(connection("phone")));
        assert_eq!(peer(&story.progress, "phone"), Some(connection("caller")));
        assert_eq!(peer(&story.progress, "laptop"), None);
        assert_eq!(peer(&story.progress, "tablet"), None);
    }
    let mut alone = connected();
    alone.happens(&gone("phone")).unwrap();
    assert_eq!(peer(&alone.progress, "caller"), None);
    assert_eq!(alone.progress.state(), CallState::Connected);
}

#[test]
fn what_is_stored_is_read_back_and_a_later_release_may_store_more() {
    for story in [Story::new(), alerting(), connecting(), connected()] {
        let mut stored = serde_json::to_value(&story.progress).unwrap();
        stored["colour"] = "red".into();
        assert_eq!(serde_json::from_value::<Progress>(stored).unwrap(), story.progress);
    }
}
