//! Items that another release has written, or an operator by hand.

use std::{slice, time::Duration};

use loop_core::{Device, DeviceId, PushTarget, limits::PENDING_CALLS_PER_CALLEE};
use loop_store::{
    Limit,
    Registrant::{New, Returning},
};
use serde_json::{Value, json};

use crate::table::{NOW, Table, after, call, device, too_many, url, user};

#[tokio::test]
async fn an_unreadable_device_does_not_stop_the_others() {
    let table = Table::new().await;
    let end = after(100).get().to_string();
    let entry = |kind: &str| {
        json!({ "M": {
            "kind": { "S": kind },
            "push_url": { "S": "https://push.example.org/1" },
            "registered_at": { "N": NOW.get().to_string() },
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

/// Twenty devices of a later release; one of them has expired long ago.
#[tokio::test]
async fn an_unreadable_device_is_kept_until_it_expires() {
    let table = Table::new().await;
    let key = |number: usize| DeviceId::of_push_url(&number.to_string()).to_string();
    let ends = |end: u64| {
        let end = end.to_string();
        json!({ "M": { "kind": { "S": "pigeon" }, "expires_at": { "N": end } } })
    };
    let mut devices: serde_json::Map<_, _> =
        (0..18).map(|number| (key(number), ends(after(100).get()))).collect();
    devices.insert(key(18), json!({ "L": [] }));
    devices.insert(key(19), ends(NOW.seconds().get() - 3600));
    table.put(json!({
        "pk": { "S": user(1).to_string() },
        "sk": { "S": "devices" },
        "devices": { "M": devices },
    }));
    table.store.register(user(1), Returning, &device(1, 100), NOW).await.unwrap();
    let devices = table.items()[0]["devices"]["M"].as_object().unwrap().clone();
    assert_eq!(devices.len(), 20);
    assert!(!devices.contains_key(&key(19)));
    let refused = table.store.register(user(1), Returning, &device(2, 100), NOW).await;
    assert_eq!(refused, Err(too_many(Limit::OfUser, 100 + 3600)));
}

/// The former release has no further places for long push URLs, and removes none.
#[tokio::test]
async fn a_push_url_of_the_former_release_gets_its_places() {
    let table = Table::new().await;
    let push_url = format!("https://push.example.org/{:a<2000}", "");
    let long = Device {
        id: DeviceId::of_push_url(&push_url),
        target: PushTarget::WebPush(push_url),
        ..device(1, 100)
    };
    table.store.register(user(1), New, &long, NOW).await.unwrap();
    let places = || table.items()[0]["devices"]["M"].as_object().unwrap().len();
    let mut former = table.items().remove(0);
    let with_id = |key: &String, _: &mut Value| *key == long.id.to_string();
    former["devices"]["M"].as_object_mut().unwrap().retain(with_id);
    table.put(former);
    assert_eq!(table.callee(user(1), NOW).await.devices, slice::from_ref(&long));
    table.store.register(user(1), Returning, &long, NOW).await.unwrap();
    assert_eq!(places(), 7);

    let mut former = table.items().remove(0);
    former["devices"]["M"].as_object_mut().unwrap().remove(&long.id.to_string());
    table.put(former);
    assert_eq!(table.callee(user(1), NOW).await.devices, []);
    table.store.register(user(1), Returning, &long, NOW).await.unwrap();
    assert_eq!((places(), table.callee(user(1), NOW).await.devices), (7, vec![long]));
}

#[tokio::test]
async fn an_unreadable_call_keeps_its_slot_and_is_not_listed() {
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
    assert!(
        placed.pending.version.get() > NOW.get() + 5_000,
        "later than the calls that cannot be read"
    );
    assert_eq!(table.store.pending_calls(user(1), None, NOW).await.unwrap(), [placed.pending]);
    let state = table.callee(user(1), NOW).await;
    assert_eq!(state.retry_after(NOW), Some(Duration::from_secs(100)));
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
        "version": { "N": (NOW.get() + 5_000).to_string() },
        "expires_at": { "N": after(100).get().to_string() },
    })
}
