//! Revoked call URLs.

use std::time::Duration;

use loop_core::{UnixSeconds, UrlId, limits::REVOKED_URLS_PER_USER};
use serde_json::json;
use tokio::task::JoinSet;

use crate::table::{NOW, Table, after, number, start_of, url, user};

/// The most revocations that there may be.
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
async fn a_link_can_be_revoked_however_many_were_revoked_before() {
    let table = full_table().await;
    table.store.revoke(user(1), link(MOST), after(500), NOW).await.unwrap();
    assert_eq!(table.wire.take(), ["UpdateItem"; 2], "the second unites two of them");
    table.store.revoke(user(1), link(3), after(103), NOW).await.unwrap();
    table.wire.take();
    for number in 0..=MOST {
        assert!(is_revoked(&table, number).await, "{number}");
    }
    // These links were made in the seconds between, and not revoked.
    let spared = (0..MOST).filter(|number| *number > 1);
    let spared = spared.map(|number| UrlId::new(after_link(number, 1), [9; 4]));
    for url in spared.take(20) {
        assert!(!table.callee_of(url).await.is_revoked);
    }
    table.store.revoke(user(1), link(MOST + 1), after(500), NOW).await.unwrap();
    let size = table.items()[0]["revoked"]["SS"].as_array().unwrap().len();
    assert_eq!(size, REVOKED_URLS_PER_USER);
}

#[tokio::test]
async fn what_has_been_over_for_an_hour_makes_room() {
    let table = full_table().await;
    // By a clock that is ahead it has expired, and by others it has not.
    let ahead = start_of(after(3_500));
    table.store.revoke(user(1), link(MOST), after(5_000), ahead).await.unwrap();
    for number in 0..=MOST {
        assert!(is_revoked(&table, number).await, "{number}");
    }
    let later = start_of(after(100 + MOST + 3_600));
    table.store.revoke(user(1), link(MOST + 1), after(5_000), later).await.unwrap();
    assert!(is_revoked(&table, MOST + 1).await && is_revoked(&table, MOST).await);
    assert!(table.items()[0]["revoked"]["SS"].as_array().unwrap().len() < 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_revocations_all_count_though_the_list_is_full() {
    let table = full_table().await;
    let mut tasks = JoinSet::new();
    for number in MOST..MOST + 5 {
        let store = table.store.clone();
        tasks.spawn(async move { store.revoke(user(1), link(number), after(500), NOW).await });
    }
    assert!(tasks.join_all().await.into_iter().all(|revoked| revoked.is_ok()));
    for number in 0..MOST + 5 {
        assert!(is_revoked(&table, number).await, "{number}");
    }
    assert!(table.items()[0]["revoked"]["SS"].as_array().unwrap().len() <= REVOKED_URLS_PER_USER);
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

/// Makes a table with as many revocations as may be, which expire after 100 seconds, 101, and so
/// on.
async fn full_table() -> Table {
    let table = Table::new().await;
    for number in 0..MOST {
        let until = after(100 + number);
        table.store.revoke(user(1), link(number), until, NOW).await.unwrap();
    }
    table.wire.take();
    table
}

/// Makes revocations of links that were made ten seconds after one another.
fn link(number: u64) -> UrlId {
    UrlId::new(after_link(number, 0), [1; 4])
}

fn after_link(number: u64, seconds: u64) -> UnixSeconds {
    NOW.seconds().before(Duration::from_secs(MOST * 20 - number * 10 - seconds))
}

async fn is_revoked(table: &Table, number: u64) -> bool {
    let made_at = Some(after_link(number, 0));
    table.store.callee(user(1), link(number), made_at, NOW).await.unwrap().is_revoked
}
