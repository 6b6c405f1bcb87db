//! Pending calls: placing them, listing them, and never more than may ring.

use std::{collections::HashSet, time::Duration};

use loop_core::{
    Call, CallVersion,
    limits::{PENDING_CALLS_PER_CALLEE, RINGING_CALLS_PER_LINK},
};
use loop_store::{Limit, PlaceError};
use tokio::task::JoinSet;

use crate::table::{
    NOW, Table, after, call, call_through, just_before, number, start_of, too_many, url, user,
};

#[tokio::test]
async fn placing_is_a_query_and_a_put_listing_a_query() {
    let table = Table::new().await;
    let call = call(120);
    let state = table.callee(user(1), NOW).await;
    let placed = table.store.place(user(1), &state, &call, NOW).await.unwrap().pending;
    assert_eq!(table.wire.take(), ["Query", "PutItem"]);
    assert_eq!(placed.call, call);
    assert!((NOW.get()..NOW.get() + 10).contains(&placed.version.get()));

    assert_eq!(table.store.pending_calls(user(1), None, NOW).await.unwrap(), [placed]);
    assert_eq!(table.wire.take(), ["Query"]);
    assert_eq!(table.store.pending_calls(user(2), None, NOW).await.unwrap(), []);
    assert_eq!(number(&table.items()[0], "ttl"), after(120 + 3600).get());
}

#[tokio::test]
async fn a_call_stops_ringing_in_its_exact_second() {
    let table = Table::new().await;
    let call = call(120);
    let state = table.callee(user(1), NOW).await;
    table.store.place(user(1), &state, &call, NOW).await.unwrap();
    let pending_at = async |now| table.store.pending_calls(user(1), None, now).await.unwrap().len();
    assert_eq!(pending_at(just_before(call.expires_at)).await, 1);
    assert_eq!(pending_at(start_of(call.expires_at)).await, 0);
}

#[tokio::test]
async fn calls_are_listed_by_version_from_any_version_on() {
    let table = Table::new().await;
    let mut versions = Vec::new();
    for number in 0..PENDING_CALLS_PER_CALLEE {
        let state = table.callee(user(1), NOW).await;
        let call = call_through(url(number), 120);
        let placed = table.store.place(user(1), &state, &call, NOW).await.unwrap();
        versions.push(placed.pending.version);
    }
    assert!(versions.is_sorted_by(|earlier, later| earlier < later), "{versions:?}");

    let listed = async |since| {
        let calls = table.store.pending_calls(user(1), since, NOW).await.unwrap();
        calls.into_iter().map(|pending| pending.version).collect::<Vec<_>>()
    };
    assert_eq!(listed(None).await, versions);
    assert_eq!(listed(Some(versions[4])).await, versions[4..]);
    assert_eq!(listed(Some(CallVersion::new(versions[4].get() + 1))).await, versions[5..]);
    assert_eq!(listed(Some(CallVersion::new(u64::MAX))).await, []);
}

#[tokio::test]
async fn a_call_too_many_waits_until_the_first_rings_out() {
    let table = Table::new().await;
    for number in 0..PENDING_CALLS_PER_CALLEE {
        let state = table.callee(user(1), NOW).await;
        assert_eq!(state.retry_after(NOW), None);
        let call = call_through(url(number), 100 + u64::from(number));
        table.store.place(user(1), &state, &call, NOW).await.unwrap();
    }
    let another = call_through(url(100), 500);
    let state = table.callee(user(1), NOW).await;
    assert_eq!(state.retry_after(NOW), Some(Duration::from_secs(100)));
    table.wire.take();
    let refused = table.store.place(user(1), &state, &another, NOW).await;
    assert_eq!(refused, Err(PlaceError::Limit(too_many(Limit::OfUser, 100))));
    assert_eq!(table.wire.take(), [""; 0]);

    let last = just_before(after(100));
    assert_eq!(table.callee(user(1), last).await.retry_after(last), Some(Duration::from_secs(1)));
    let free = start_of(after(100));
    let state = table.callee(user(1), free).await;
    assert_eq!(state.retry_after(free), None);
    table.store.place(user(1), &state, &another, free).await.unwrap();
    assert_eq!(table.items().len(), usize::from(PENDING_CALLS_PER_CALLEE));
}

#[tokio::test]
async fn a_version_is_later_than_those_of_earlier_calls() {
    let table = Table::new().await;
    let fast = NOW.after(Duration::from_millis(5_000));
    let state = table.callee(user(1), fast).await;
    let first = table.store.place(user(1), &state, &call(1), fast).await.unwrap();
    // This instance's clock is behind, and the first call is over by its own expiry.
    let slow = NOW.after(Duration::from_millis(2_000));
    let state = table.callee(user(1), slow).await;
    let second = table.store.place(user(1), &state, &call(120), slow).await.unwrap();
    assert!(second.pending.version > first.pending.version);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_calls_keep_the_limit_and_have_different_versions() {
    let table = Table::new().await;
    let state = table.callee(user(1), NOW).await;
    let mut tasks = JoinSet::new();
    for number in 0..30 {
        let (store, state) = (table.store.clone(), state.clone());
        let call = call_through(url(number), 120);
        tasks.spawn(async move { store.place(user(1), &state, &call, NOW).await });
    }
    let results = tasks.join_all().await;
    let full = Err(PlaceError::Limit(too_many(Limit::OfUser, 120)));
    let most = usize::from(PENDING_CALLS_PER_CALLEE);
    assert_eq!(results.iter().filter(|result| **result == full).count(), 30 - most);
    let versions: HashSet<_> =
        results.iter().flatten().map(|placed| placed.pending.version).collect();
    assert_eq!(versions.len(), most);
    assert_eq!(table.store.pending_calls(user(1), None, NOW).await.unwrap().len(), most);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_calls_through_one_link_keep_its_limit() {
    let table = Table::new().await;
    let state = table.callee(user(1), NOW).await;
    let mut tasks = JoinSet::new();
    for _ in 0..30 {
        let (store, state) = (table.store.clone(), state.clone());
        tasks.spawn(async move { store.place(user(1), &state, &call(120), NOW).await });
    }
    let results = tasks.join_all().await;
    let full = Err(PlaceError::Limit(too_many(Limit::OfLink, 120)));
    let refused = results.iter().filter(|result| **result == full).count();
    assert_eq!(refused, 30 - RINGING_CALLS_PER_LINK);
    let ringing = table.store.pending_calls(user(1), None, NOW).await.unwrap().len();
    assert_eq!(ringing, RINGING_CALLS_PER_LINK);
    let state = table.callee(user(1), NOW).await;
    assert_eq!(state.link_retry_after(url(1), NOW), Some(Duration::from_secs(120)));
    assert_eq!(state.link_retry_after(url(2), NOW), None);
}

#[tokio::test]
async fn nine_links_at_their_limit_leave_room_for_the_tenth() {
    let table = Table::new().await;
    for number in 0..9 {
        for _ in 0..RINGING_CALLS_PER_LINK {
            let state = table.callee(user(1), NOW).await;
            let call = call_through(url(number), 120);
            table.store.place(user(1), &state, &call, NOW).await.unwrap();
        }
    }
    for _ in 0..RINGING_CALLS_PER_LINK {
        let state = table.callee(user(1), NOW).await;
        assert_eq!(state.link_retry_after(url(9), NOW), None);
        table.store.place(user(1), &state, &call_through(url(9), 120), NOW).await.unwrap();
    }
}

#[tokio::test]
async fn a_call_whose_caller_stays_away_gives_its_slot_back() {
    let table = Table::new().await;
    let call = Call { slot_expires_at: after(15), ..call(120) };
    let state = table.callee(user(1), NOW).await;
    let placed = table.store.place(user(1), &state, &call, NOW).await.unwrap();
    assert_eq!(placed.pending.call.expires_at, after(120), "both sides learn this");
    let pending_at = async |now| table.store.pending_calls(user(1), None, now).await.unwrap();
    assert_eq!(pending_at(just_before(after(15))).await, [placed.pending]);
    let free = start_of(after(15));
    assert_eq!(pending_at(free).await, []);
    let state = table.callee(user(1), free).await;
    assert_eq!(state.placed(call.id, free), Some(Err(PlaceError::Over)));
}
