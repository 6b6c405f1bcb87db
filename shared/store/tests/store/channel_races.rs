//! Two events at the same time: one wins, and the other is applied to the result of the first.

use std::time::Duration;

use loop_core::{
    UnixMillis,
    limits::DEVICES_PER_USER,
    progress::{
        CallState, Effects, Event, EventError, Notice,
        TerminationReason::{self, AnsweredElsewhere, Cancel, Timeout},
        Timeouts,
    },
};
use loop_store::{AdvanceError, Advanced};
use tokio::{join, task::JoinSet};

use crate::{
    ringing::{Ringing, accept, caller_hello, connection, gone, hello, terminate},
    table::NOW,
};

/// The number of rounds: enough for each of two events to win sometimes.
const ROUNDS: usize = 40;

type Outcome = Result<Advanced, AdvanceError>;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_devices_that_accept_one_wins() {
    for round in 0..ROUNDS {
        let ringing = alerting().await;
        let (phone, laptop) = race(&ringing, round, accept("phone"), accept("laptop"), NOW).await;
        let (winner, won, lost) = match (phone, laptop) {
            (Ok(won), lost) => ("phone", won, lost),
            (lost, Ok(won)) => ("laptop", won, lost),
            neither => panic!("{neither:?}"),
        };
        let loser = if winner == "phone" { "laptop" } else { "phone" };
        assert_eq!(lost, Err(AdvanceError::Refused(EventError::NotAParty)));
        assert_eq!(won.effects.closes, [connection(loser)]);
        assert_eq!(told_final(&won.effects), [(loser, AnsweredElsewhere)]);
        assert_eq!(won.new_deadline, Some(NOW.after(Timeouts::default().connection)));
        let call = ringing.call_now(NOW).await.unwrap();
        assert_eq!(call, won.call);
        assert_eq!(call.progress.peer(&connection("caller")), Some(&connection(winner)));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accept_and_cancel_end_the_call_and_notify_once() {
    for round in 0..ROUNDS {
        let ringing = alerting().await;
        let cancel = terminate("caller", Cancel);
        let (accepted, cancelled) = race(&ringing, round, accept("phone"), cancel, NOW).await;
        let cancelled = cancelled.unwrap().effects;
        match accepted {
            Ok(accepted) => {
                assert_eq!(told_final(&accepted.effects), [("laptop", AnsweredElsewhere)]);
                assert_eq!(told_final(&cancelled), [("caller", Cancel), ("phone", Cancel)]);
            }
            Err(error) => {
                assert_eq!(error, AdvanceError::Refused(EventError::NotAParty));
                let all = [("caller", Cancel), ("phone", Cancel), ("laptop", Cancel)];
                assert_eq!(told_final(&cancelled), all);
            }
        }
        assert_eq!(ringing.call_now(NOW).await.unwrap().progress.reason(), Some(Cancel));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_timeout_and_accept_one_wins() {
    let due = NOW.after(Timeouts::default().ringing);
    for round in 0..ROUNDS {
        let ringing = alerting().await;
        // The phone's request came to an instance whose clock is a millisecond behind.
        let call = ringing.call_now(NOW).await.unwrap();
        let (first, last) = (accept("phone"), Event::Deadline);
        let accepted = ringing.advance(call.clone(), &first, due.before(Duration::from_millis(1)));
        let timed_out = ringing.advance(call, &last, due);
        let (accepted, timed_out) = if round % 2 == 0 {
            join!(accepted, timed_out)
        } else {
            let (timed_out, accepted) = join!(timed_out, accepted);
            (accepted, timed_out)
        };
        let timed_out = timed_out.unwrap().effects;
        let call = ringing.call_now(due).await.unwrap();
        match accepted {
            Ok(accepted) => {
                assert_eq!(call.progress.state(), CallState::Connecting);
                assert_eq!(told_final(&accepted.effects), [("laptop", AnsweredElsewhere)]);
                assert_eq!(timed_out, Effects::default());
            }
            Err(error) => {
                assert_eq!(error, AdvanceError::Refused(EventError::NotAParty));
                assert_eq!(call.progress.reason(), Some(Timeout));
                let all = [("caller", Timeout), ("phone", Timeout), ("laptop", Timeout)];
                assert_eq!(told_final(&timed_out), all);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deadline_delivered_twice_at_once_tells_everybody_once() {
    let due = NOW.after(Timeouts::default().ringing);
    for round in 0..ROUNDS {
        let ringing = alerting().await;
        let (one, two) = race(&ringing, round, Event::Deadline, Event::Deadline, due).await;
        let effects = [one.unwrap().effects, two.unwrap().effects];
        let mut counts = effects.map(|effects| (effects.notices.len(), effects.closes.len()));
        counts.sort_unstable();
        assert_eq!(counts, [(0, 0), (3, 3)]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_devices_may_say_hello_at_once_and_leave_at_once() {
    let ringing = Ringing::new().await;
    let devices: Vec<_> = (0..DEVICES_PER_USER).map(|number| number.to_string()).collect();
    for (event, first, stay) in [(hello as fn(&str) -> Event, 1, DEVICES_PER_USER), (gone, 0, 0)] {
        let call = ringing.call_now(NOW).await.unwrap();
        let mut tasks = JoinSet::new();
        for device in &devices {
            let (store, call, event) = (ringing.table.store.clone(), call.clone(), event(device));
            tasks
                .spawn(async move { store.advance(call, &event, NOW, &Timeouts::default()).await });
        }
        let results = tasks.join_all().await;
        assert!(results.iter().all(Result::is_ok));
        let set = results.iter().flatten().filter(|advanced| advanced.new_deadline.is_some());
        assert_eq!(set.count(), first, "only the first hello sets the deadline");

        let progress = ringing.call_now(NOW).await.unwrap().progress;
        assert_eq!(progress.state(), CallState::Alerting);
        let there = devices.iter().filter(|device| progress.role(&connection(device)).is_some());
        assert_eq!(there.count(), stay);
    }
}

async fn alerting() -> Ringing {
    let ringing = Ringing::new().await;
    for event in [caller_hello(), hello("phone"), hello("laptop")] {
        ringing.happens(&event).await.unwrap();
    }
    ringing
}

/// Applies both events to the same reading of the call. In each second round the other one starts
/// first.
async fn race(
    ringing: &Ringing,
    round: usize,
    left: Event,
    right: Event,
    now: UnixMillis,
) -> (Outcome, Outcome) {
    let call = ringing.call_now(now).await.unwrap();
    let left = ringing.advance(call.clone(), &left, now);
    let right = ringing.advance(call, &right, now);
    if round.is_multiple_of(2) {
        join!(left, right)
    } else {
        let (right, left) = join!(right, left);
        (left, right)
    }
}

/// Returns the connections that were notified that the call is over, each with the reason.
fn told_final(effects: &Effects) -> Vec<(&str, TerminationReason)> {
    let finals = effects.notices.iter().filter_map(|(connection, notice)| match notice {
        Notice::Progress(CallState::Terminated, reason) => Some((connection.as_str(), (*reason)?)),
        _ => None,
    });
    finals.collect()
}
