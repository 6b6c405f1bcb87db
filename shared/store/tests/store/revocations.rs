//! Revoked call URLs.

use loop_core::{UrlId, limits::REVOKED_URLS_PER_USER};
use loop_store::RevokeError;
use serde_json::json;
use tokio::task::JoinSet;

use crate::table::{NOW, Table, after, number, start_of, url, user};

/// The most that there may be.
const MOST: u64 = REVOKED_URLS_PER_USER as u64;

#[tokio::test]
async fn revoking_is_one_write_and_can_be_repeated() {
    let table = Table::new().await;
    for _ in 0..2 {
        table.store.revoke(user(1), url(7), after(100), NOW).await.unwrap();
        assert_eq!(table.wire.take(), ["UpdateItem"]);
    }
    let is_revoked =
        async |user, url, now| table.store.callee(user, url, None, now).await.unwrap().is_revoked;
    assert!(is_revoked(user(1), url(7), NOW).await);
    assert!(!is_revoked(user(1), url(8), NOW).await);
    assert!(!is_revoked(user(2), url(7), NOW).await);
    assert_eq!(number(&table.items()[0], "ttl"), after(30 * 24 * 3600 + 3600).get());
}

#[tokio::test]
async fn a_user_who_has_revoked_as_many_as_may_be_waits_for_the_first_to_expire() {
    let table = full_table().await;
    let refused = table.store.revoke(user(1), number_url(MOST), after(500), NOW).await;
    assert_eq!(refused, Err(RevokeError::TooManyRevoked { retry_after: 100 }));
    assert_eq!(table.wire.take(), ["UpdateItem"]);
    assert!(!table.callee_of(number_url(MOST)).await.is_revoked);

    table.wire.take();
    table.store.revoke(user(1), number_url(3), after(103), NOW).await.unwrap();
    assert_eq!(table.wire.take(), ["UpdateItem"], "what is revoked can be revoked again");

    let later = start_of(after(100));
    table.store.revoke(user(1), number_url(MOST), after(500), later).await.unwrap();
    assert_eq!(table.wire.take(), ["UpdateItem"; 3], "the first has expired and makes room");
    for number in 1..=MOST {
        assert!(table.callee_of(number_url(number)).await.is_revoked, "{number}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_number_at_the_same_time_is_more_than_may_be_and_none_is_lost() {
    let table = full_table().await;
    // Two have expired by then; five want to take their places.
    let later = start_of(after(101));
    let mut tasks = JoinSet::new();
    for number in MOST..MOST + 5 {
        let store = table.store.clone();
        tasks.spawn(async move {
            (number, store.revoke(user(1), number_url(number), after(500), later).await)
        });
    }
    let mut revoked = 0;
    for (number, result) in tasks.join_all().await {
        let is_revoked = table.callee_of(number_url(number)).await.is_revoked;
        assert_eq!(is_revoked, result.is_ok(), "{result:?}");
        revoked += usize::from(is_revoked);
    }
    assert_eq!(revoked, 2);
    for number in 2..MOST {
        assert!(table.callee_of(number_url(number)).await.is_revoked, "{number}");
    }
}

#[tokio::test]
async fn a_revocation_is_found_behind_the_first_megabyte() {
    let table = Table::new().await;
    let padding = "x".repeat(300_000);
    for number in 0..4 {
        table.put(json!({
            "pk": { "S": user(1).to_string() },
            "sk": { "S": format!("other release#{number}") },
            "padding": { "S": padding },
        }));
    }
    table.store.revoke(user(1), url(255), after(100), NOW).await.unwrap();
    table.wire.take();
    assert!(table.callee_of(url(255)).await.is_revoked);
    assert_eq!(table.wire.take(), ["Query", "Query"]);
    assert!(!table.callee_of(url(254)).await.is_revoked);
}

/// With as many revocations as may be, which expire after 100 seconds, 101, and so on.
async fn full_table() -> Table {
    let table = Table::new().await;
    for number in 0..MOST {
        let until = after(100 + number);
        table.store.revoke(user(1), number_url(number), until, NOW).await.unwrap();
    }
    table.wire.take();
    table
}

fn number_url(number: u64) -> UrlId {
    UrlId::from_bytes(number.to_be_bytes())
}
