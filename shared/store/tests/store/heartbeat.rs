//! Connecting ahead of time, and the heartbeat.

use std::time::{Duration, Instant};

use loop_testkit::Fault;

use crate::table::{NOW, Table, number, store, user};

#[tokio::test]
async fn a_heartbeat_is_one_write_that_goes_away() {
    let table = Table::new().await;
    table.store.heartbeat(NOW).await.unwrap();
    table.store.heartbeat(NOW).await.unwrap();
    assert_eq!(table.wire.take(), ["PutItem", "PutItem"]);
    let items = table.items();
    assert_eq!(items.len(), 1);
    assert_eq!(number(&items[0], "ttl"), number(&items[0], "expires_at") + 3600);
}

#[tokio::test]
async fn the_first_request_uses_the_connection_that_was_opened_for_it() {
    let table = Table::new().await;
    table.store.warm().await;
    assert_eq!(table.wire.take(), ["GET"]);
    assert_eq!(table.wire.connections(), 1);

    table.store.pending_calls(user(1), None, NOW).await.unwrap();
    table.store.heartbeat(NOW).await.unwrap();
    assert_eq!(table.wire.take(), ["Query", "PutItem"]);
    assert_eq!(table.wire.connections(), 1);
}

/// One of many servers behind one name may be unhealthy, and respond with errors or not at all.
#[tokio::test]
async fn a_connection_that_has_failed_is_not_used_again() {
    for fault in [Fault::ServerError, Fault::Silence] {
        let table = Table::new().await;
        // Two at the same time, so that another connection is left when one of them fails.
        let both = async { tokio::join!(table.store.heartbeat(NOW), table.store.heartbeat(NOW)) };
        table.wire.set_fault(Some(Fault::Slow(Duration::from_millis(100))));
        let (one, other) = both.await;
        assert_eq!((one, other), (Ok(()), Ok(())));
        assert_eq!(table.wire.connections(), 2);

        table.wire.heal();
        table.wire.fail_next(fault);
        table.store.heartbeat(NOW).await.unwrap();
        assert_eq!(table.wire.connections(), 3, "{fault:?}");
        table.store.heartbeat(NOW).await.unwrap();
        assert_eq!(table.wire.connections(), 3, "{fault:?}");
    }
}

#[tokio::test]
async fn warming_is_bounded_and_its_failure_is_of_no_consequence() {
    let table = Table::new().await;
    table.wire.fail_next(Fault::Slow(Duration::from_secs(60)));
    let start = Instant::now();
    table.store.warm().await;
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());

    table.wire.fail_next(Fault::DropBefore);
    table.store.warm().await;
    assert_eq!(table.wire.take(), ["GET", "GET"]);
    store("http://127.0.0.1:1").warm().await;
    table.store.heartbeat(NOW).await.unwrap();
}
