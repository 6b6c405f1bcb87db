//! Faults on the way to DynamoDB and back.

use std::time::{Duration, Instant};

use loop_core::{
    CallSlot, UnavailableError, UserId,
    progress::{ConnectionId, Role},
};
use loop_store::{
    Binding, LimitError, PlaceError,
    Registrant::{New, Returning},
};
use loop_testkit::Fault;

use crate::table::{NOW, Table, after, call, device, store, url, user};

#[tokio::test]
async fn a_call_whose_response_was_lost_is_stored_once() {
    let table = Table::new().await;
    let state = table.callee(user(1), NOW).await;
    table.wire.take();
    table.wire.fail_next(Fault::DropAfter);
    let placed = table.store.place(user(1), &state, &call(120), NOW).await.unwrap();
    assert_eq!(table.wire.take(), ["PutItem", "PutItem"]);
    assert_eq!(table.store.pending_calls(user(1), None, NOW).await.unwrap(), [placed.pending]);
    assert_eq!(placed.earlier, None, "our own first attempt is no other request");
}

#[tokio::test]
async fn a_registration_whose_response_was_lost_is_registered() {
    let table = Table::new().await;
    table.wire.fail_next(Fault::DropAfter);
    table.store.register(user(1), New, &device(1, 100), NOW).await.unwrap();
    assert_eq!(table.wire.take(), ["PutItem", "PutItem", "UpdateItem"]);
    table.wire.fail_next(Fault::DropAfter);
    table.store.register(user(1), Returning, &device(2, 100), NOW).await.unwrap();
    assert_eq!(table.wire.take(), ["UpdateItem", "UpdateItem"]);
    table.wire.fail_next(Fault::DropAfter);
    table.store.unregister(user(1), device(1, 100).id).await.unwrap();
    assert_eq!(table.callee(user(1), NOW).await.devices, [device(2, 100)]);
}

#[tokio::test]
async fn every_fault_that_passes_is_tried_again() {
    for fault in [Fault::Throttle, Fault::ServerError, Fault::DropBefore, Fault::DropAfter] {
        let table = Table::new().await;
        table.wire.fail_next(fault);
        table.wire.fail_next(fault);
        table.store.revoke(user(1), url(1), after(100), NOW).await.unwrap();
        assert_eq!(table.wire.count(), 3, "{fault:?}");
    }
}

#[tokio::test]
async fn a_fault_that_stays_is_unavailable_after_three_attempts() {
    for (fault, attempts, kind) in [
        (Fault::Throttle, 3, "ProvisionedThroughputExceededException, status 400"),
        (Fault::ServerError, 3, "InternalServerError, status 500"),
        (Fault::AccessDenied, 1, "AccessDeniedException, status 400"),
        (Fault::DropBefore, 3, "connection: "),
    ] {
        let table = Table::new().await;
        table.wire.set_fault(Some(fault));
        let error = table.store.heartbeat(NOW).await.unwrap_err();
        assert!(error.cause().starts_with(&format!("PutItem: {kind}")), "{}", error.cause());
        assert_eq!(table.wire.take().len(), attempts, "{fault:?}");
    }
}

#[tokio::test]
async fn every_operation_says_that_the_table_is_unavailable() {
    let table = Table::new().await;
    let state = table.callee(user(1), NOW).await;
    table.wire.set_fault(Some(Fault::AccessDenied));
    let (store, user): (_, UserId) = (&table.store, user(1));
    let denied = |operation: &str| format!("{operation}: AccessDeniedException, status 400");
    let cause = |unavailable: UnavailableError| unavailable.cause().to_owned();

    for (registrant, operation) in [(New, "PutItem"), (Returning, "UpdateItem")] {
        let error = store.register(user, registrant, &device(1, 100), NOW).await.unwrap_err();
        let LimitError::Unavailable(unavailable) = error else { panic!("{error:?}") };
        assert_eq!(cause(unavailable), denied(operation));
    }
    let error = store.place(user, &state, &call(120), NOW).await.unwrap_err();
    let PlaceError::Limit(LimitError::Unavailable(unavailable)) = error else {
        panic!("{error:?}")
    };
    assert_eq!(cause(unavailable), denied("PutItem"));

    let unavailable = store.revoke(user, url(1), after(100), NOW).await.unwrap_err();
    assert_eq!(cause(unavailable), denied("UpdateItem"));

    let device = device(1, 100);
    for (result, operation) in [
        (store.unregister(user, device.id).await, "UpdateItem"),
        (store.forget_device(user, &device).await, "UpdateItem"),
        (store.callee(user, url(1), None, NOW).await.map(|_| ()), "Query"),
        (store.pending_calls(user, None, NOW).await.map(|_| ()), "Query"),
    ] {
        assert_eq!(cause(result.unwrap_err()), denied(operation));
    }
}

#[tokio::test]
async fn a_response_without_items_is_not_an_empty_partition() {
    let table = Table::new().await;
    for fault in [Fault::NoBody, Fault::Garbage, Fault::HalfBody, Fault::Truncated] {
        table.wire.set_fault(Some(fault));
        let callee = table.store.callee(user(1), url(1), None, NOW).await.map(|_| ());
        let calls = table.store.pending_calls(user(1), None, NOW).await.map(|_| ());
        for result in [callee, calls] {
            let error = result.expect_err(&format!("{fault:?}"));
            assert!(error.cause().starts_with("Query: "), "{fault:?}: {}", error.cause());
        }
    }
}

#[tokio::test]
async fn a_response_without_attributes_is_no_connection_without_binding() {
    let table = Table::new().await;
    let connection = ConnectionId::new("connection=");
    let binding = Binding {
        callee: user(1),
        call: call(120).id,
        slot: CallSlot::from_number(0).unwrap(),
        role: Role::Callee,
    };
    table.store.bind(&connection, &binding, after(100)).await.unwrap();
    table.wire.fail_next(Fault::NoBody);
    let error = table.store.count_message(&connection, NOW).await.unwrap_err();
    assert_eq!(error.cause(), "UpdateItem: the answer could not be read");
}

#[tokio::test]
async fn a_silent_table_is_given_up_in_time() {
    let table = Table::new().await;
    table.wire.set_fault(Some(Fault::Slow(Duration::from_secs(60))));
    let start = Instant::now();
    let error = table.store.heartbeat(NOW).await.unwrap_err();
    assert!(error.cause().contains("timeout"), "{}", error.cause());
    let elapsed = start.elapsed();
    assert!(Duration::from_secs(1) < elapsed, "{elapsed:?}");
    assert!(elapsed < Duration::from_millis(3_500), "{elapsed:?}");
}

#[tokio::test]
async fn a_table_that_cannot_be_reached_is_unavailable_at_once() {
    let start = Instant::now();
    let error = store("http://127.0.0.1:1").heartbeat(NOW).await.unwrap_err();
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    assert!(error.cause().contains("Connection refused"), "{}", error.cause());
}

#[tokio::test]
async fn a_table_that_is_not_there_is_unavailable() {
    let dynamodb = loop_testkit::TestDynamoDb::start().await;
    let error = store(&dynamodb.endpoint_url()).heartbeat(NOW).await.unwrap_err();
    assert_eq!(error.cause(), "PutItem: ResourceNotFoundException, status 400");
}

#[tokio::test]
async fn an_outage_of_one_client_costs_no_other_its_retries() {
    let [long, short] = [Table::new().await, Table::new().await];
    long.wire.set_fault(Some(Fault::ServerError));
    // These use up all retries that a client has.
    for _ in 0..120 {
        long.store.heartbeat(NOW).await.unwrap_err();
    }
    long.wire.take();
    long.store.heartbeat(NOW).await.unwrap_err();
    assert_eq!(long.wire.take(), ["PutItem"], "a long outage is not made worse by repeats");
    short.wire.fail_next(Fault::ServerError);
    short.store.heartbeat(NOW).await.unwrap();
}
