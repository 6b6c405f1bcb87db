//! Faults between the call channel and the table.

use std::time::Duration;

use loop_core::{
    UnavailableError,
    progress::{CallState, Role, Timeouts},
};
use loop_store::AdvanceError;
use loop_testkit::Fault;
use tokio::task::yield_now;

use crate::{
    ringing::{Ringing, accept, caller_hello, connection, gone, hello},
    table::{NOW, after, number, store},
};

#[tokio::test]
async fn an_event_whose_response_was_lost_is_applied_once() {
    let ringing = Ringing::new().await;
    for event in [caller_hello(), hello("phone"), hello("laptop")] {
        ringing.happens(&event).await.unwrap();
    }
    let call = ringing.call_now(NOW).await.unwrap();
    ringing.table.wire.take();
    ringing.table.wire.fail_next(Fault::DropAfter);
    let advanced = ringing.advance(call, &accept("phone"), NOW).await.unwrap();
    assert_eq!(ringing.table.wire.take(), ["UpdateItem", "UpdateItem"]);
    assert_eq!(advanced.effects.closes, [connection("laptop")]);
    assert!(advanced.new_deadline.is_some());
    assert_eq!(advanced.call.revision, 4);
    assert_eq!(ringing.call_now(NOW).await, Some(advanced.call));
}

#[tokio::test]
async fn every_fault_of_the_first_write_passes_unnoticed() {
    for fault in [Fault::Throttle, Fault::ServerError, Fault::DropBefore, Fault::DropAfter] {
        let ringing = Ringing::new().await;
        ringing.table.wire.fail_next_of("UpdateItem", fault);
        let advanced = ringing.happens(&caller_hello()).await.unwrap();
        assert_eq!(advanced.call.revision, 1, "{fault:?}");
        assert_eq!(advanced.effects.notices.len(), 1, "{fault:?}");
        assert_eq!(ringing.call_now(NOW).await, Some(advanced.call));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeat_is_recognised_also_behind_the_events_of_others() {
    let ringing = Ringing::new().await;
    ringing.happens(&caller_hello()).await.unwrap();
    ringing.happens(&hello("phone")).await.unwrap();
    let call = ringing.call_now(NOW).await.unwrap();
    // This is longer than the client waits for a response, so it sends the request again.
    let silence = Fault::Slow(Duration::from_secs(60));
    ringing.table.wire.fail_next_of("UpdateItem", silence);
    let others = store(&ringing.table.dynamodb.endpoint_url());
    let meanwhile = async {
        while number(&ringing.item(), "revision") < 3 {
            yield_now().await;
        }
        for event in [hello("laptop"), gone("laptop"), hello("tablet"), gone("tablet")] {
            let now = others.call_of(&call.binding(Role::Callee), NOW).await.unwrap().unwrap();
            others.advance(now, &event, NOW, &Timeouts::default()).await.unwrap();
        }
    };
    let kitchen = hello("kitchen");
    let (advanced, ()) = tokio::join!(ringing.advance(call.clone(), &kitchen, NOW), meanwhile);
    let advanced = advanced.unwrap();
    assert_eq!(advanced.effects.notices.len(), 1);
    assert_eq!(advanced.call.revision, 3, "as this event left it");
    let now = ringing.call_now(NOW).await.unwrap();
    assert_eq!(now.revision, 7, "once, and four of the others");
    assert_eq!(now.progress.role(&connection("kitchen")), Some(Role::Callee));
    assert_eq!(now.progress.state(), CallState::Alerting);
}

#[tokio::test]
async fn bindings_survive_lost_responses() {
    let ringing = Ringing::new().await;
    let (store, wire) = (&ringing.table.store, &ringing.table.wire);
    let binding = ringing.call_now(NOW).await.unwrap().binding(Role::Callee);
    let phone = connection("phone");
    wire.fail_next(Fault::DropAfter);
    store.bind(&phone, &binding, after(180)).await.unwrap();
    wire.fail_next(Fault::DropAfter);
    let counted = store.count_message(&phone, NOW).await.unwrap();
    assert_eq!(counted, Some((binding, 2)), "counted too often rather than not at all");
    wire.fail_next(Fault::DropAfter);
    assert_eq!(store.unbind(&phone).await.unwrap(), None, "as if the gateway had not reported it");
    assert_eq!(store.count_message(&phone, NOW).await.unwrap(), None);
}

#[tokio::test]
async fn every_operation_of_the_channel_reports_an_outage() {
    let ringing = Ringing::new().await;
    let call = ringing.call_now(NOW).await.unwrap();
    let (store, binding, phone) =
        (&ringing.table.store, call.binding(Role::Callee), connection("phone"));
    ringing.table.wire.set_fault(Some(Fault::AccessDenied));
    let denied = |operation: &str| {
        UnavailableError::new(format!("{operation}: AccessDeniedException, status 400"))
    };
    let participant = ringing.participant(Role::Callee);
    for (result, operation) in [
        (store.find_call(&participant, NOW).await.map(|_| ()), "Query"),
        (store.call_of(&binding, NOW).await.map(|_| ()), "GetItem"),
        (store.bind(&phone, &binding, after(180)).await.map(drop), "PutItem"),
        (store.count_message(&phone, NOW).await.map(|_| ()), "UpdateItem"),
        (store.unbind(&phone).await.map(|_| ()), "DeleteItem"),
    ] {
        assert_eq!(result, Err(denied(operation)));
    }
    let refused = ringing.advance(call, &hello("phone"), NOW).await;
    assert_eq!(refused, Err(AdvanceError::Unavailable(denied("UpdateItem"))));
}
