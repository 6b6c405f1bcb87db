//! The history of calls, which limits how often one link may ring.

use std::time::Duration;

use loop_core::{
    Call, UrlId,
    limits::{CALLS_PER_LINK, PENDING_CALLS_PER_CALLEE, RATE_WINDOW, RINGING_CALLS_PER_LINK},
};
use loop_store::{CalleeState, Limit, PlaceError};
use tokio::task::JoinSet;

use crate::table::{NOW, Table, after, call, start_of, too_many, url, user};

/// Returns a call that ends at once, as if the caller had hung up.
fn short_call(url: UrlId) -> Call {
    Call { url, ..call(0) }
}

#[tokio::test]
async fn a_link_waits_however_quickly_its_calls_end() {
    let table = Table::new().await;
    for number in 0..CALLS_PER_LINK {
        let state = table.callee_of(url(1)).await;
        assert_eq!(state.history().retry_after(url(1), NOW), None, "{number}");
        table.store.place(user(1), &state, &short_call(url(1)), NOW).await.unwrap();
    }
    let state = table.callee_of(url(1)).await;
    assert_eq!(state.retry_after(NOW), None, "no call rings");
    let wait = state.history().retry_after(url(1), NOW).unwrap();
    assert!((RATE_WINDOW..=RATE_WINDOW + Duration::from_secs(1)).contains(&wait), "{wait:?}");
    assert_eq!(state.history().retry_after(url(2), NOW), None, "another link is free");
    let items = table.items().len();
    assert!(items <= usize::from(PENDING_CALLS_PER_CALLEE), "nothing more is kept: {items}");

    let later = NOW.after(RATE_WINDOW + Duration::from_millis(100));
    let state = table.callee(user(1), later).await;
    assert_eq!(state.history().retry_after(url(1), later), None);
}

#[tokio::test]
async fn calls_through_other_links_do_not_make_a_link_forgotten() {
    let table = Table::new().await;
    for number in 0..CALLS_PER_LINK {
        for url in [url(1), url(2)] {
            let state = table.callee_of(url).await;
            assert_eq!(state.history().retry_after(url, NOW), None, "{number}");
            table.store.place(user(1), &state, &short_call(url), NOW).await.unwrap();
        }
    }
    let state = table.callee_of(url(1)).await;
    for url in [url(1), url(2)] {
        assert!(state.history().retry_after(url, NOW).is_some());
    }
}

#[tokio::test]
async fn three_links_that_take_turns_in_one_slot_are_all_counted() {
    let table = Table::new().await;
    // The end of a link's id decides where its calls look for a slot first.
    let links = [1, 2, 3].map(|number| UrlId::from_bytes([number, 0, 0, 0, 0, 0, 0, 0]));
    for number in 0..CALLS_PER_LINK {
        for url in links {
            let state = table.callee_of(url).await;
            assert_eq!(state.history().retry_after(url, NOW), None, "{number}");
            table.store.place(user(1), &state, &short_call(url), NOW).await.unwrap();
        }
    }
    assert_eq!(table.items().len(), 1, "all in one slot");
    let state = table.callee_of(links[0]).await;
    for url in links {
        assert!(state.history().retry_after(url, NOW).is_some());
    }
    assert_eq!(state.history().callee_retry_after(NOW), None);
}

#[tokio::test]
async fn a_slot_with_another_call_meanwhile_is_left_alone() {
    let table = Table::new().await;
    let place = async |state: &CalleeState| {
        table.store.place(user(1), state, &short_call(url(1)), NOW).await.unwrap()
    };
    let first = table.callee_of(url(1)).await;
    place(&first).await;
    let second = table.callee_of(url(1)).await;
    place(&second).await;
    // Both have seen less than there is by now: they go elsewhere, and nothing is forgotten.
    for stale in [&first, &second] {
        place(stale).await;
    }
    let history = table.callee_of(url(1)).await.history();
    assert_eq!(
        serde_json::to_value(history).unwrap()[url(1).to_string()].as_array().unwrap().len(),
        4
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_at_the_same_time_are_all_counted() {
    let table = Table::new().await;
    // As many calls at a time as may ring, which have not seen each other, until the link has to
    // wait.
    for round in 0..CALLS_PER_LINK / RINGING_CALLS_PER_LINK {
        let now = start_of(after(20 * round as u64));
        let state = table.callee(user(1), now).await;
        assert_eq!(state.history().retry_after(url(1), now), None, "{round}");
        let mut tasks = JoinSet::new();
        for _ in 0..30 {
            let (store, state) = (table.store.clone(), state.clone());
            let end = now.seconds().after(Duration::from_secs(15));
            let call = Call { expires_at: end, slot_expires_at: end, ..call(0) };
            tasks.spawn(async move { store.place(user(1), &state, &call, now).await });
        }
        let results = tasks.join_all().await;
        let refused = Err(PlaceError::Limit(too_many(Limit::OfLink, 15)));
        assert_eq!(results.iter().filter(|result| **result == refused).count(), 28);
    }
    let now = start_of(after(200));
    let state = table.callee(user(1), now).await;
    assert_eq!(state.retry_after(now), None);
    assert!(state.history().retry_after(url(1), now).is_some());
}
