//! Revoked call URLs.

use serde_json::json;

use crate::table::{NOW, Table, after, just_before, number, start_of, url, user};

#[tokio::test]
async fn revoking_is_one_write_and_can_be_repeated() {
    let table = Table::new().await;
    for _ in 0..2 {
        table.store.revoke(user(1), url(7), after(100)).await.unwrap();
        assert_eq!(table.wire.take(), ["PutItem"]);
    }
    let is_revoked =
        async |user, url, now| table.store.callee(user, url, now).await.unwrap().is_revoked;
    assert!(is_revoked(user(1), url(7), NOW).await);
    assert!(!is_revoked(user(1), url(8), NOW).await);
    assert!(!is_revoked(user(2), url(7), NOW).await);
    assert!(is_revoked(user(1), url(7), just_before(after(100))).await);
    assert!(!is_revoked(user(1), url(7), start_of(after(100))).await);
    assert_eq!(number(&table.items()[0], "ttl"), after(100 + 3600).get());
}

#[tokio::test]
async fn a_revocation_is_found_behind_the_first_megabyte() {
    let table = Table::new().await;
    let padding = "x".repeat(300_000);
    for number in 0..4 {
        table.put(json!({
            "pk": { "S": user(1).to_string() },
            "sk": { "S": format!("revoked#{}", url(number)) },
            "expires_at": { "N": after(100).get().to_string() },
            "padding": { "S": padding },
        }));
    }
    table.store.revoke(user(1), url(255), after(100)).await.unwrap();
    table.wire.take();
    assert!(table.store.callee(user(1), url(255), NOW).await.unwrap().is_revoked);
    assert_eq!(table.wire.take(), ["Query", "Query"]);
    assert!(!table.store.callee(user(1), url(254), NOW).await.unwrap().is_revoked);
}
