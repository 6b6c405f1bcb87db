//! Calls that have ended, also by a revocation.

use loop_core::progress::{CallState, TerminationReason};
use loop_store::schema::REMOVED_AT_THE_END;
use loop_testkit::Fault;

use crate::{
    ringing::{Ringing, accept, caller_hello, connection, hello, terminate},
    table::{NOW, after, call_through, just_before, start_of, url, user},
};

#[tokio::test]
async fn the_parties_of_a_call_are_forgotten_with_it() {
    let ringing = Ringing::new().await;
    let (id, link) = (ringing.call.id.to_string(), url(1).to_string());
    for event in [caller_hello(), hello("phone"), accept("phone")] {
        ringing.happens(&event).await.unwrap();
        let item = ringing.item().to_string();
        assert!(item.contains("alice@example.com"), "it is needed until then");
    }
    ringing.happens(&terminate("phone", TerminationReason::Closed)).await.unwrap();
    let item = ringing.item();
    for name in REMOVED_AT_THE_END {
        assert_eq!(item[name], serde_json::Value::Null, "{name}");
    }
    let text = item.to_string();
    for gone in ["alice", "caller-token", "callee-token", "caller\"", "phone"] {
        assert!(!text.contains(gone), "{gone}: {text}");
    }
    assert!(text.contains(&id) && text.contains(&link), "limits and late hellos need these");
    let late = ringing.call_now(NOW).await.unwrap();
    assert_eq!(late.progress.reason(), Some(TerminationReason::Closed));
}

#[tokio::test]
async fn a_revoked_link_ends_the_calls_that_ring_through_it() {
    let ringing = Ringing::new().await;
    ringing.happens(&caller_hello()).await.unwrap();
    ringing.happens(&hello("phone")).await.unwrap();
    let store = &ringing.table.store;
    let state = ringing.table.callee(user(1), NOW).await;
    store.place(user(1), &state, &call_through(url(2), 120), NOW).await.unwrap();
    ringing.table.wire.take();

    // The call ends also when the response to the write is lost.
    ringing.table.wire.fail_next_of("UpdateItem", Fault::DropAfter);
    let ended = store.end_calls_through(user(1), url(1), NOW).await.unwrap();
    assert_eq!(ringing.table.wire.take(), ["Query", "UpdateItem", "UpdateItem"]);
    let [ended] = ended.as_slice() else { panic!("one has ended: {ended:?}") };
    assert_eq!(ended.call.progress.state(), CallState::Terminated);
    assert_eq!(ended.effects.closes, [connection("caller"), connection("phone")]);
    assert_eq!(ringing.listed(NOW).await, 1, "the call through the other link");

    assert_eq!(store.end_calls_through(user(1), url(1), NOW).await, Ok(vec![]), "once");
    let state = ringing.table.callee(user(1), NOW).await;
    assert_eq!(state.link_retry_after(url(1), NOW), None, "its slot is free");
}

#[tokio::test]
async fn a_conversation_outlives_the_revocation_of_its_link() {
    let ringing = Ringing::new().await;
    for event in [caller_hello(), hello("phone"), accept("phone")] {
        ringing.happens(&event).await.unwrap();
    }
    let ended = ringing.table.store.end_calls_through(user(1), url(1), NOW).await.unwrap();
    assert_eq!(ended, []);
    assert_eq!(ringing.call_now(NOW).await.unwrap().progress.state(), CallState::Connecting);
}

#[tokio::test]
async fn a_call_without_its_caller_gives_its_slot_back_within_seconds() {
    let ringing = Ringing::new().await;
    let slot_end = after(15);
    let mut item = ringing.item();
    item["expires_at"]["N"] = slot_end.get().to_string().into();
    ringing.table.put(item);
    let late = just_before(slot_end);
    let call = ringing.call_now(late).await.unwrap();
    ringing.advance(call, &hello("phone"), late).await.unwrap();
    // The device is notified after 10 s, and the queue may be 5 s late.
    let end = start_of(after(14 + 10 + 5));
    let state = ringing.table.callee(user(1), end).await;
    assert_eq!(state.link_retry_after(url(1), end), None);
    let before = start_of(after(14 + 10));
    assert!(ringing.call_now(before).await.is_some(), "it can be found until then");
}
