//! Bindings of connections to calls.

use loop_core::{CallId, CallSlot, progress::Role};
use loop_store::{
    Binding,
    schema::{CALL_ID, CALLEE, EXPIRES_AT, MESSAGES, PARTITION_KEY, ROLE, SLOT, SORT_KEY, TTL},
};

use crate::{
    ringing::connection,
    table::{NOW, Table, after, just_before, number, start_of, user},
};

#[tokio::test]
async fn each_request_about_a_connection_is_one_on_the_wire() {
    let table = Table::new().await;
    let phone = connection("phone=");
    table.store.bind(&phone, &binding(1), after(180)).await.unwrap();
    assert_eq!(table.wire.take(), ["PutItem"]);
    for messages in 1..=3 {
        let counted = table.store.count_message(&phone, NOW).await.unwrap();
        assert_eq!(counted, Some((binding(1), messages)));
        assert_eq!(table.wire.take(), ["UpdateItem"]);
    }
    assert_eq!(table.store.unbind(&phone).await.unwrap(), Some(binding(1)));
    assert_eq!(table.wire.take(), ["DeleteItem"]);
    assert_eq!(table.items(), [] as [serde_json::Value; 0]);
}

#[tokio::test]
async fn a_connection_without_hello_has_no_binding() {
    let table = Table::new().await;
    let stranger = connection("stranger");
    assert_eq!(table.store.count_message(&stranger, NOW).await.unwrap(), None);
    assert_eq!(table.store.unbind(&stranger).await.unwrap(), None);
    assert_eq!(table.items(), [] as [serde_json::Value; 0]);

    table.store.bind(&stranger, &binding(1), after(180)).await.unwrap();
    table.store.unbind(&stranger).await.unwrap();
    assert_eq!(table.store.count_message(&stranger, NOW).await.unwrap(), None);
    assert_eq!(table.store.unbind(&stranger).await.unwrap(), None);
}

#[tokio::test]
async fn a_connection_keeps_its_first_binding_and_its_count() {
    let table = Table::new().await;
    let phone = connection("phone");
    table.store.bind(&phone, &binding(1), after(180)).await.unwrap();
    table.store.count_message(&phone, NOW).await.unwrap();
    for number in [1, 2] {
        let bound = table.store.bind(&phone, &binding(number), after(180)).await.unwrap();
        assert_eq!(bound, binding(1));
    }
    assert_eq!(table.store.count_message(&phone, NOW).await.unwrap(), Some((binding(1), 2)));
    let laptop = connection("laptop");
    table.store.bind(&laptop, &binding(2), after(180)).await.unwrap();
    assert_eq!(table.store.count_message(&laptop, NOW).await.unwrap(), Some((binding(2), 1)));
}

#[tokio::test]
async fn a_binding_expires_in_its_exact_second() {
    let table = Table::new().await;
    let phone = connection("phone");
    table.store.bind(&phone, &binding(1), after(180)).await.unwrap();
    let is_bound = async |now| table.store.count_message(&phone, now).await.unwrap().is_some();
    assert!(is_bound(just_before(after(180))).await);
    assert!(!is_bound(start_of(after(180))).await);
    assert_eq!(table.store.unbind(&phone).await.unwrap(), Some(binding(1)));
}

#[tokio::test]
async fn a_stored_binding_has_the_names_of_the_schema() {
    let table = Table::new().await;
    table.store.bind(&connection("phone"), &binding(1), after(180)).await.unwrap();
    let item = table.items().remove(0);
    let mut names: Vec<_> = item.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    let mut schema =
        [PARTITION_KEY, SORT_KEY, EXPIRES_AT, TTL, CALLEE, CALL_ID, SLOT, ROLE, MESSAGES];
    schema.sort_unstable();
    assert_eq!(names, schema);
    assert_eq!(item["pk"]["S"], "connection#phone");
    assert_eq!(item["sk"]["S"], "connection");
    assert_eq!(number(&item, "ttl"), after(180 + 3600).get());
}

fn binding(number: u8) -> Binding {
    Binding {
        callee: user(number),
        call: CallId::from_bytes([number; 16]),
        slot: CallSlot::from_number(number).unwrap(),
        role: Role::Callee,
    }
}
