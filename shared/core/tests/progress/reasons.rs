//! The reasons for which each side may end a call, and the reasons that both sides are told.

use loop_core::progress::{
    CallState, Event, EventError, Notice, Role, TerminationReason,
    TerminationReason::{AnsweredElsewhere, Busy, Cancel, Closed, MediaFail, Reject, Timeout},
};

use crate::story::{Story, alerting, caller_hello, connected, connecting, connection, terminate};

const REASONS: [TerminationReason; 7] =
    [Reject, Busy, Timeout, Cancel, MediaFail, Closed, AnsweredElsewhere];

#[test]
fn each_side_gives_its_own_reasons_and_no_others() {
    for story in [alerting(), connecting(), connected()] {
        for reason in REASONS {
            let by_caller = matches!(reason, Cancel | Closed | MediaFail);
            let by_callee = matches!(reason, Reject | Busy | Closed | MediaFail);
            for (party, may) in [("caller", by_caller), ("phone", by_callee)] {
                let mut story = story.clone();
                let state = story.progress.state();
                let result = story.happens(&terminate(party, reason));
                assert_eq!(result.is_ok(), may, "{party}, {reason:?}, {state:?}");
                if !may {
                    assert_eq!(result, Err(EventError::WrongReason));
                    assert_eq!(story.progress.state(), state);
                }
            }
        }
    }
}

#[test]
fn all_who_are_there_are_told_the_reason_and_closed() {
    for (story, parties) in [
        (Story::of([caller_hello()]), &["caller"][..]),
        (alerting(), &["caller", "phone", "laptop"]),
        (connecting(), &["caller", "phone"]),
        (connected(), &["caller", "phone"]),
    ] {
        let mut story = story;
        let effects = story.happens(&terminate("caller", Closed)).unwrap();
        let parties: Vec<_> = parties.iter().copied().map(connection).collect();
        let notice = Notice::Progress(CallState::Terminated, Some(Closed));
        let expected: Vec<_> = parties.iter().map(|party| (party.clone(), notice)).collect();
        assert_eq!(effects.notices, expected);
        assert_eq!(effects.closes, parties);
        assert_eq!(story.progress.reason(), Some(Closed));
        assert_eq!(story.progress.deadline(), None);
    }
}

#[test]
fn a_caller_learns_neither_that_he_was_declined_nor_that_somebody_is_busy() {
    for reason in [Reject, Busy] {
        let mut story = alerting();
        let told = story.tell(&terminate("phone", reason));
        assert!(told.contains("; caller: terminated timeout;"), "{told}");
        let device = format!("; laptop: terminated {}", told.split(' ').nth(1).unwrap());
        assert!(told.contains(device.trim_end_matches(';')), "the devices know: {told}");
        assert_eq!(story.progress.reason_for(Role::Caller), Some(Timeout));
        assert_eq!(story.progress.reason_for(Role::Callee), Some(reason));
        // A caller who comes late learns no more.
        let late = story.tell(&Event::Join(Role::Caller, connection("tab")));
        assert!(late.contains("tab: hello terminated timeout"), "{late}");
    }
}

#[test]
fn a_revoked_link_ends_what_rings_and_leaves_conversations_alone() {
    for (story, parties) in [
        (Story::new(), &[][..]),
        (Story::of([caller_hello()]), &["caller"]),
        (alerting(), &["caller", "phone", "laptop"]),
    ] {
        let mut story = story;
        let effects = story.happens(&Event::Revoked).unwrap();
        assert_eq!(story.progress.state(), CallState::Terminated);
        assert_eq!(effects.closes, parties.iter().copied().map(connection).collect::<Vec<_>>());
        let notice = Notice::Progress(CallState::Terminated, Some(Closed));
        assert!(effects.notices.iter().all(|(_, told)| *told == notice));
        assert_eq!(effects.notices.len(), parties.len());
    }
    for story in [connecting(), connected()] {
        let mut revoked = story.clone();
        assert_eq!(revoked.happens(&Event::Revoked).unwrap(), Default::default());
        assert_eq!(revoked.progress, story.progress);
    }
}

#[test]
fn the_first_reason_is_the_last() {
    let mut story = alerting();
    story.happens(&terminate("laptop", Busy)).unwrap();
    for (party, reason) in [("phone", Reject), ("caller", Cancel), ("laptop", Busy)] {
        assert_eq!(story.happens(&terminate(party, reason)), Err(EventError::NotAParty));
    }
    story.happens(&Event::Deadline).unwrap();
    assert_eq!(story.progress.reason(), Some(Busy));
}
