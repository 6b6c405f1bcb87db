//! Which side may end a call for which reason, and that both are told it.

use loop_core::progress::{
    CallState, Event, Notice, Refusal, TerminationReason,
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
                    assert_eq!(result, Err(Refusal::WrongReason));
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
fn the_first_reason_is_the_last() {
    let mut story = alerting();
    story.happens(&terminate("laptop", Busy)).unwrap();
    for (party, reason) in [("phone", Reject), ("caller", Cancel), ("laptop", Busy)] {
        assert_eq!(story.happens(&terminate(party, reason)), Err(Refusal::NotAParty));
    }
    story.happens(&Event::Deadline).unwrap();
    assert_eq!(story.progress.reason(), Some(Busy));
}
