//! Calls in the call channel: finding them, changing them, and their expiry.

use std::{collections::BTreeSet, time::Duration};

use loop_core::{
    CallId, CallSlot, Participant,
    limits::CONNECTED_CALL_LIFETIME,
    progress::{CallState, Event, EventError, Notice, Role, TerminationReason, Timeouts},
};
use loop_store::{
    AdvanceError, Binding, ChannelCall, PlaceError,
    schema::{PROGRESS, REVISION},
};
use serde_json::{Value, json};

use crate::{
    ringing::{Ringing, accept, caller_hello, connection, gone, hello, media_up, terminate},
    table::{NOW, after, just_before, number, start_of, user},
};

#[tokio::test]
async fn each_request_of_the_channel_is_one_on_the_wire() {
    let ringing = Ringing::new().await;
    let store = &ringing.table.store;
    let participant = ringing.participant(Role::Caller);
    let found = store.find_call(&participant, NOW).await.unwrap().unwrap();
    assert_eq!(ringing.table.wire.take(), ["Query"]);
    assert_eq!((found.callee, found.call, found.revision), (user(1), ringing.call.id, 0));
    assert_eq!(found.progress.state(), CallState::Init);

    let binding = found.binding(Role::Caller);
    let again = store.call_of(&binding, NOW).await.unwrap().unwrap();
    assert_eq!(ringing.table.wire.take(), ["GetItem"]);
    assert_eq!(again, found);

    let timeouts = Timeouts::default();
    let advanced = store.advance(found, &caller_hello(), NOW, &timeouts).await.unwrap();
    assert_eq!(ringing.table.wire.take(), ["UpdateItem"]);
    assert_eq!(advanced.call.revision, 1);
    assert_eq!(advanced.new_deadline, Some(NOW.after(timeouts.supervisory)));
    let hello = Notice::Hello(CallState::Init, None);
    assert_eq!(advanced.effects.notices, [(connection("caller"), hello)]);
    assert_eq!(store.call_of(&binding, NOW).await.unwrap(), Some(advanced.call));
}

#[tokio::test]
async fn what_changes_nothing_or_is_refused_is_not_written() {
    let ringing = Ringing::new().await;
    ringing.happens(&caller_hello()).await.unwrap();
    let before = ringing.table.items();
    for event in [caller_hello(), Event::Deadline, gone("stranger")] {
        let call = ringing.call_now(NOW).await.unwrap();
        ringing.table.wire.take();
        let advanced = ringing.advance(call.clone(), &event, NOW).await.unwrap();
        assert_eq!(advanced.call, call);
        assert_eq!(advanced.new_deadline, None);
        assert_eq!(ringing.table.wire.count(), 0);
    }
    let refused = ringing.happens(&accept("caller")).await;
    assert_eq!(refused, Err(AdvanceError::Refused(EventError::WrongRole)));
    assert_eq!(ringing.table.items(), before);
}

#[tokio::test]
async fn an_event_is_applied_to_the_call_that_is_stored() {
    let ringing = Ringing::new().await;
    let stale = ringing.call_now(NOW).await.unwrap();
    ringing.happens(&caller_hello()).await.unwrap();
    ringing.happens(&hello("phone")).await.unwrap();
    ringing.table.wire.take();
    let advanced = ringing.advance(stale.clone(), &hello("laptop"), NOW).await.unwrap();
    assert_eq!(ringing.table.wire.take(), ["UpdateItem", "UpdateItem"]);
    assert_eq!(advanced.call.revision, 3);
    assert_eq!(advanced.new_deadline, None, "the phone's hello had set it");
    let notice = Notice::Hello(CallState::Alerting, None);
    assert_eq!(advanced.effects.notices, [(connection("laptop"), notice)]);

    ringing.happens(&terminate("caller", TerminationReason::Cancel)).await.unwrap();
    let late = ringing.advance(stale, &hello("tablet"), NOW).await.unwrap();
    assert_eq!(late.effects.closes, [connection("tablet")]);
    assert_eq!(late.call.progress.reason(), Some(TerminationReason::Cancel));
}

#[tokio::test]
async fn only_the_call_of_this_name_is_found() {
    let ringing = Ringing::new().await;
    let store = &ringing.table.store;
    let right = ringing.participant(Role::Callee);
    let binding = ringing.call_now(NOW).await.unwrap().binding(Role::Callee);
    let other = CallId::from_bytes([9; 16]);
    for wrong in [Participant { call: other, ..right }, Participant { callee: user(2), ..right }] {
        assert_eq!(store.find_call(&wrong, NOW).await.unwrap(), None);
    }
    let next_slot = CallSlot::all().find(|slot| *slot != binding.slot).unwrap();
    for wrong in [
        Binding { call: other, ..binding },
        Binding { callee: user(2), ..binding },
        Binding { slot: next_slot, ..binding },
    ] {
        assert_eq!(store.call_of(&wrong, NOW).await.unwrap(), None);
    }
}

#[tokio::test]
async fn an_accepted_call_keeps_its_slot_and_is_not_listed() {
    let ringing = Ringing::new().await;
    let end = after(120);
    for event in [caller_hello(), hello("phone")] {
        ringing.happens(&event).await.unwrap();
        assert_eq!(ringing.listed(NOW).await, 1);
        assert_eq!(number(&ringing.item(), "expires_at"), end.get());
    }
    ringing.happens(&accept("phone")).await.unwrap();
    assert_eq!(ringing.listed(NOW).await, 0);
    let end = after(CONNECTED_CALL_LIFETIME.as_secs());
    assert_eq!(number(&ringing.item(), "expires_at"), end.get());
    assert_eq!(number(&ringing.item(), "ttl"), end.get() + 3600);

    ringing.happens(&media_up("caller")).await.unwrap();
    ringing.happens(&media_up("phone")).await.unwrap();
    assert_eq!(number(&ringing.item(), "expires_at"), end.get());
    assert!(ringing.call_now(just_before(end)).await.is_some());
    assert!(ringing.call_now(start_of(end)).await.is_none());
    ringing.place_in_same_slot(start_of(after(120))).await;
    assert_eq!(ringing.table.items().len(), 2, "the slot is taken");
}

#[tokio::test]
async fn a_call_that_is_over_frees_its_slot_but_is_found() {
    let ringing = Ringing::new().await;
    ringing.happens(&caller_hello()).await.unwrap();
    ringing.happens(&terminate("caller", TerminationReason::Cancel)).await.unwrap();
    assert_eq!(ringing.listed(NOW).await, 0);
    assert_eq!(number(&ringing.item(), "expires_at"), after(0).get());

    let ttl = after(3600);
    for now in [NOW, just_before(ttl)] {
        let call = ringing.call_now(now).await.unwrap();
        let effects = ringing.advance(call, &hello("phone"), now).await.unwrap().effects;
        let reason = Some(TerminationReason::Cancel);
        let notice = Notice::Hello(CallState::Terminated, reason);
        assert_eq!(effects.notices, [(connection("phone"), notice)]);
    }
    assert_eq!(ringing.call_now(start_of(ttl)).await, None);
}

#[tokio::test]
async fn a_new_call_in_a_slot_replaces_the_old_one() {
    let ringing = Ringing::new().await;
    ringing.happens(&caller_hello()).await.unwrap();
    let old = ringing.call_now(NOW).await.unwrap();
    ringing.happens(&terminate("caller", TerminationReason::Cancel)).await.unwrap();
    let next = ringing.place_in_same_slot(NOW).await;
    assert_eq!(ringing.table.items().len(), 1);

    assert_eq!(ringing.call_now(NOW).await, None);
    let gone = ringing.advance(old, &hello("phone"), NOW).await;
    assert_eq!(gone, Err(AdvanceError::Gone));
    let participant = Participant { call: next.id, ..ringing.participant(Role::Caller) };
    let found = ringing.table.store.find_call(&participant, NOW).await.unwrap().unwrap();
    assert_eq!((found.revision, found.progress.state()), (0, CallState::Init));
}

#[tokio::test]
async fn a_call_without_parties_is_gone_when_it_has_rung_out() {
    let ringing = Ringing::new().await;
    let call = ringing.call_now(just_before(after(120))).await.unwrap();
    assert_eq!(ringing.call_now(start_of(after(120))).await, None);
    // The call is read in its last millisecond, and written in the next.
    ringing.happens(&caller_hello()).await.unwrap();
    let late = start_of(after(1200));
    assert_eq!(ringing.advance(call, &hello("phone"), late).await, Err(AdvanceError::Gone));
}

#[tokio::test]
async fn a_waiting_call_is_found_when_its_deadline_comes_late() {
    let ringing = Ringing::new().await;
    let last = just_before(after(120));
    for event in [caller_hello(), hello("phone")] {
        let call = ringing.call_now(last).await.unwrap();
        ringing.advance(call, &event, last).await.unwrap();
    }
    let due = last.after(Timeouts::default().ringing);
    assert_eq!(ringing.listed(due.before(Duration::from_millis(1))).await, 1);
    assert_eq!(ringing.listed(due).await, 0);
    let late = due.after(Duration::from_millis(59_000));
    let call = ringing.call_now(late).await.unwrap();
    let effects = ringing.advance(call, &Event::Deadline, late).await.unwrap().effects;
    assert_eq!(effects.closes, [connection("caller"), connection("phone")]);
}

#[tokio::test]
async fn placing_again_does_not_take_back_what_has_happened_since() {
    let ringing = Ringing::new().await;
    ringing.happens(&caller_hello()).await.unwrap();
    for event in [hello("phone"), terminate("phone", TerminationReason::Busy)] {
        let call = ringing.happens(&event).await.unwrap().call;
        ringing.table.wire.take();
        let state = &ringing.free;
        let placed = ringing.table.store.place(user(1), state, &ringing.call, NOW).await;
        let is_over = call.progress.state() == CallState::Terminated;
        assert_eq!(placed.is_err_and(|error| error == PlaceError::Over), is_over);
        assert_eq!(ringing.table.wire.take(), ["PutItem"]);
        assert_eq!(ringing.call_now(NOW).await, Some(call));
    }
}

#[tokio::test]
async fn a_call_whose_progress_cannot_be_read_is_not_there() {
    let ringing = Ringing::new().await;
    let mut item = ringing.item();
    item["progress"] = json!({ "M": { "state": { "S": "levitating" } } });
    let call: ChannelCall = ringing.call_now(NOW).await.unwrap();
    ringing.table.put(item);
    assert_eq!(ringing.call_now(NOW).await, None);
    assert_eq!(ringing.listed(NOW).await, 0);
    assert_eq!(ringing.table.store.call_of(&call.binding(Role::Caller), NOW).await, Ok(None));
}

#[tokio::test]
async fn what_is_stored_has_the_names_of_the_schema() {
    let ringing = Ringing::new().await;
    let names = |item: Value| item.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    let before = names(ringing.item());
    ringing.happens(&caller_hello()).await.unwrap();
    let after = names(ringing.item());
    let added: Vec<_> = after.difference(&before).map(String::as_str).collect();
    assert_eq!(added, [PROGRESS, REVISION]);
}
