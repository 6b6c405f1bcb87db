//! The same call, placed again by a repeat of its request.

use loop_core::{Call, CallId, ParticipantToken, PendingCall, progress::TerminationReason};
use loop_store::{PlaceError, PlacedCall};
use loop_testkit::Fault;
use tokio::task::JoinSet;

use crate::{
    ringing::{Ringing, accept, hello, terminate},
    table::{NOW, Table, after, call, start_of, url, user},
};

fn repeatable() -> Call {
    Call { caller_token: Some(ParticipantToken::new("caller-token")), ..call(120) }
}

/// Returns the call, and whether it rings, if an earlier request has placed it.
fn earlier(found: PlacedCall) -> Option<(PendingCall, bool)> {
    found.earlier.map(|earlier| (found.pending, earlier.is_ringing))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_repeats_at_the_same_time_are_one_call() {
    let table = Table::new().await;
    let state = table.callee(user(1), NOW).await;
    let id = repeatable().id;
    let mut tasks = JoinSet::new();
    for number in 0..10 {
        let (store, state) = (table.store.clone(), state.clone());
        let token = ParticipantToken::new(format!("caller-token {number}"));
        let call = Call { id, caller_token: Some(token), ..call(120) };
        tasks.spawn(async move { store.place(user(1), &state, &call, NOW).await.unwrap() });
    }
    let results = tasks.join_all().await;
    let placed: Vec<_> = results.iter().filter(|placed| placed.earlier.is_none()).collect();
    let [placed] = placed.as_slice() else { panic!("one has placed it: {placed:?}") };
    for repeat in results.iter().filter(|placed| placed.earlier.is_some()) {
        let found = earlier(repeat.clone());
        assert_eq!(found, Some((placed.pending.clone(), true)), "with the token of that one");
    }
    assert_eq!(table.items().len(), 1);
}

#[tokio::test]
async fn a_repeat_that_comes_later_finds_the_call() {
    let table = Table::new().await;
    let state = table.callee(user(1), NOW).await;
    let call = repeatable();
    let placed = table.store.place(user(1), &state, &call, NOW).await.unwrap();
    let state = table.callee(user(1), NOW).await;
    let found = state.placed(call.id, NOW).unwrap().unwrap();
    assert_eq!(earlier(found), Some((placed.pending.clone(), true)));
    assert_eq!(state.placed(CallId::from_bytes([0; 16]), NOW), None);
    table.wire.take();
    let repeat = table.store.place(user(1), &state, &call, NOW).await.unwrap();
    assert_eq!(earlier(repeat), Some((placed.pending.clone(), true)));
    assert_eq!(table.wire.take(), [""; 0]);

    let over = start_of(after(120));
    let state = table.callee(user(1), over).await;
    assert_eq!(state.placed(call.id, over), Some(Err(PlaceError::Over)));
}

#[tokio::test]
async fn a_lost_response_is_no_repeat_though_the_call_goes_on() {
    let ringing = Ringing::new().await;
    let repeat = ringing.table.store.place(user(1), &ringing.free, &ringing.call, NOW).await;
    assert!(repeat.unwrap().earlier.is_some(), "another request is a repeat");

    let table = Table::new().await;
    let state = table.callee(user(1), NOW).await;
    for fault in [Fault::DropAfter, Fault::DropAfter] {
        table.wire.fail_next_of("PutItem", fault);
    }
    let placed = table.store.place(user(1), &state, &repeatable(), NOW).await.unwrap();
    assert_eq!(placed.earlier, None, "the second and third attempt of one request");
}

#[tokio::test]
async fn a_call_that_is_over_is_nothing_to_repeat() {
    let ringing = Ringing::new().await;
    ringing.happens(&hello("phone")).await.unwrap();
    let found = ringing.table.callee_of(url(1)).await.placed(ringing.call.id, NOW).unwrap();
    ringing.happens(&terminate("phone", TerminationReason::Busy)).await.unwrap();
    let state = ringing.table.callee(user(1), NOW).await;
    assert_eq!(state.placed(ringing.call.id, NOW), Some(Err(PlaceError::Over)));
    let repeat = ringing.table.store.place(user(1), &ringing.free, &ringing.call, NOW).await;
    assert_eq!(repeat, Err(PlaceError::Over));
    // A repeat that has read the call before finds it over too.
    let (id, earlier) = (ringing.call.id, found.unwrap().earlier.unwrap());
    assert!(!ringing.table.store.ring_again(user(1), id, earlier, NOW).await.unwrap());
}

#[tokio::test]
async fn only_one_repeat_rings_once_more() {
    let ringing = Ringing::new().await;
    let found = ringing.table.callee_of(url(1)).await.placed(ringing.call.id, NOW).unwrap();
    let earlier = found.unwrap().earlier.unwrap();
    let ring_again =
        async |call| ringing.table.store.ring_again(user(1), call, earlier, NOW).await.unwrap();
    assert!(!ring_again(CallId::from_bytes([0; 16])).await, "another call is in the slot");
    ringing.table.wire.take();
    // Its own first attempt, whose response was lost, does not keep the retry from ringing.
    ringing.table.wire.fail_next_of("UpdateItem", Fault::DropAfter);
    assert!(ring_again(ringing.call.id).await);
    assert_eq!(ringing.table.wire.take(), ["UpdateItem"; 2]);
    assert!(!ring_again(ringing.call.id).await);
}

#[tokio::test]
async fn a_call_in_two_slots_ends_with_the_first() {
    let ringing = Ringing::new().await;
    let mut twin = ringing.item();
    let slot = twin["sk"]["S"].as_str().unwrap().to_owned();
    // The channel goes on with the call in the lower slot, which may be either of the two.
    twin["sk"]["S"] = if slot == "call#9" { "call#8" } else { "call#9" }.into();
    ringing.table.put(twin);
    assert_eq!(ringing.listed(NOW).await, 1);
    ringing.happens(&hello("phone")).await.unwrap();
    ringing.happens(&accept("phone")).await.unwrap();
    assert_eq!(ringing.listed(NOW).await, 0);
}

/// A repeat whose query came too early can find another slot free than the first one did.
#[tokio::test]
async fn two_slots_with_the_same_call_are_listed_as_one() {
    let ringing = Ringing::new().await;
    let mut twin = ringing.item();
    let slot = twin["sk"]["S"].as_str().unwrap();
    let other = if slot == "call#3" { "call#4" } else { "call#3" };
    twin["sk"]["S"] = other.into();
    ringing.table.put(twin);
    assert_eq!(ringing.table.items().len(), 2);
    assert_eq!(ringing.listed(NOW).await, 1);
}
