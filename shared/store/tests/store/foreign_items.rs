//! Items that another release, or a hand, has written.

use loop_core::{DeviceId, limits::PENDING_CALLS_PER_CALLEE};
use loop_store::Registrant::{New, Returning};
use serde_json::{Value, json};

use crate::table::{NOW, Table, after, call, device, url, user};

#[tokio::test]
async fn a_device_that_cannot_be_read_does_not_stop_the_others() {
    let table = Table::new().await;
    let end = after(100).get().to_string();
    let entry = |kind: &str| {
        json!({ "M": {
            "kind": { "S": kind },
            "push_url": { "S": "https://push.example.org/1" },
            "registered_at": { "N": NOW.0.to_string() },
            "expires_at": { "N": end },
            "colour": { "S": "red" },
        } })
    };
    let known = DeviceId::of_push_url("https://push.example.org/1").to_string();
    let unknown = DeviceId::of_push_url("https://push.example.org/2").to_string();
    table.put(json!({
        "pk": { "S": user(1).to_string() },
        "sk": { "S": "devices" },
        "devices": { "M": {
            known: entry("web_push"),
            unknown: entry("carrier_pigeon"),
            "not an id": entry("web_push"),
            "AAAAAAAAAAAAAAAAAAAAAA": { "S": "no map" },
        } },
        "expires_at": { "N": end },
        "format": { "N": "2" },
    }));
    assert_eq!(table.callee(user(1), NOW).await.devices, [device(1, 100)]);
    table.store.register(user(1), Returning, &device(3, 100), NOW).await.unwrap();
    assert_eq!(table.callee(user(1), NOW).await.devices.len(), 2);
}

#[tokio::test]
async fn a_call_that_cannot_be_read_keeps_its_slot_and_is_not_listed() {
    let table = Table::new().await;
    for slot in 0..PENDING_CALLS_PER_CALLEE - 1 {
        table.put(foreign_call(slot, "hologram"));
    }
    table.put(foreign_call(PENDING_CALLS_PER_CALLEE, "audio"));
    let state = table.callee(user(1), NOW).await;
    assert_eq!(state.retry_after(NOW), None);
    table.wire.take();
    let placed = table.store.place(user(1), &state, &call(120), NOW).await.unwrap();
    assert_eq!(table.wire.take(), ["PutItem"], "the one free slot is known");
    assert!(placed.pending.version.0 > NOW.0 + 5_000, "later than the calls that cannot be read");
    assert_eq!(table.store.pending_calls(user(1), None, NOW).await.unwrap(), [placed.pending]);
    let state = table.callee(user(1), NOW).await;
    assert_eq!(state.retry_after(NOW), Some(100));
}

#[tokio::test]
async fn a_revocation_that_cannot_be_read_counts() {
    let table = Table::new().await;
    for revoked in [
        json!({ "SS": [format!("{} next week", url(7))] }),
        json!({ "SS": [url(7).to_string()] }),
        json!({ "L": [] }),
    ] {
        table.put(json!({
            "pk": { "S": user(1).to_string() },
            "sk": { "S": "revoked" },
            "revoked": revoked,
        }));
        assert!(table.store.callee(user(1), url(7), None, NOW).await.unwrap().is_revoked);
    }
}

#[tokio::test]
async fn a_history_that_cannot_be_read_does_not_stop_calls() {
    let table = Table::new().await;
    for (slot, history) in
        [json!({ "S": "long" }), json!({ "M": { "x": { "S": "y" } } })].into_iter().enumerate()
    {
        let mut call = foreign_call(slot.try_into().unwrap(), "audio");
        call["history"] = history;
        table.put(call);
    }
    let state = table.callee(user(1), NOW).await;
    assert_eq!(state.history().retry_after(url(1), NOW), None);
    table.store.place(user(1), &state, &call(120), NOW).await.unwrap();
}

#[tokio::test]
async fn a_partition_without_devices_is_one_without_devices() {
    let table = Table::new().await;
    let state = table.callee(user(1), NOW).await;
    table.store.place(user(1), &state, &call(120), NOW).await.unwrap();
    table.store.revoke(user(1), url(7), after(100), NOW).await.unwrap();
    assert_eq!(table.callee(user(1), NOW).await.devices, []);
    table.wire.take();
    table.store.register(user(1), New, &device(1, 100), NOW).await.unwrap();
    assert_eq!(table.wire.take(), ["PutItem"], "the condition is about this one item");
}

fn foreign_call(slot: u8, call_type: &str) -> Value {
    json!({
        "pk": { "S": user(1).to_string() },
        "sk": { "S": format!("call#{slot}") },
        "call_type": { "S": call_type },
        "version": { "N": (NOW.0 + 5_000).to_string() },
        "expires_at": { "N": after(100).get().to_string() },
    })
}
