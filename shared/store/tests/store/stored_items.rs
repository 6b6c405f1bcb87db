//! The items of each kind, attribute by attribute: every release must read what another has stored.

use loop_core::{
    Call, CallId, CallSlot, Device, DeviceId, ParticipantToken, PushKind, PushTarget,
    progress::{Role, TerminationReason},
};
use loop_store::{
    Binding,
    Registrant::{New, Returning},
};
use serde_json::{Value, json};

use crate::{
    ringing::{Ringing, accept, caller_hello, connection, hello, media_up, terminate},
    table::{NOW, Table, after, call, device, of_kind, start_of, url, user},
};

/// The second of [`NOW`].
const NOW_SECOND: u64 = 1_780_000_000;

#[tokio::test]
async fn devices_are_entries_of_one_map() {
    let table = Table::new().await;
    for (number, registrant, kind) in [
        (1, New, PushKind::SimplePush),
        (2, Returning, PushKind::WebPush),
        (3, Returning, PushKind::Polling),
    ] {
        let device = of_kind(kind, device(number, 100));
        table.store.register(user(1), registrant, &device, NOW).await.unwrap();
    }
    let entry = |kind: &str, push_url: &str| {
        json!({ "M": {
            "kind": text(kind),
            "push_url": text(push_url),
            "registered_at": number(NOW.get()),
            "expires_at": number(NOW_SECOND + 100),
        }})
    };
    let devices = json!({ "M": {
        "Vy7T27PJN_Q0To7s3-1qEg": entry("simple_push", "https://push.example.org/1"),
        "gpjrNtA-qwBB06RwetStHQ": entry("web_push", "https://push.example.org/2"),
        "G33UPt3_DpzlPfJvAWJb_A": entry("polling", "https://push.example.org/3"),
    }});
    assert_eq!(table.items(), [devices_item(&devices)]);
}

#[tokio::test]
async fn a_device_with_a_long_push_url_has_further_places() {
    let table = Table::new().await;
    let push_url = "a".repeat(625);
    let id = DeviceId::of_push_url(&push_url);
    let device = Device { id, target: PushTarget::WebPush(push_url.clone()), ..device(1, 100) };
    let devices = json!({ "M": {
        "gUUmbjCgBUR3aHxwaLdMog": { "M": {
            "kind": text("web_push"),
            "push_url": text(&push_url),
            "registered_at": number(NOW.get()),
            "expires_at": number(NOW_SECOND + 100),
        }},
        "gUUmbjCgBUR3aHxwaLdMog+1": { "M": { "expires_at": number(NOW_SECOND + 100) } },
        "gUUmbjCgBUR3aHxwaLdMog+2": { "M": { "expires_at": number(NOW_SECOND + 100) } },
    }});
    for registrant in [New, Returning] {
        table.store.register(user(1), registrant, &device, NOW).await.unwrap();
        assert_eq!(table.items(), [devices_item(&devices)]);
    }
}

#[tokio::test]
async fn revocations_are_texts_of_one_set() {
    let table = Table::new().await;
    table.store.revoke(user(1), url(7), after(100), NOW).await.unwrap();
    let item = json!({
        "pk": text("AQEBAQEBAQEBAQEBAQEBAQ"),
        "sk": text("revoked"),
        "revoked": { "SS": ["BwcHBwcHBwc 1780000100"] },
        "expires_at": number(NOW_SECOND + 30 * 86_400),
        "ttl": number(NOW_SECOND + 30 * 86_400 + 3_600),
    });
    assert_eq!(table.items(), [item]);
}

#[tokio::test]
async fn a_connection_has_its_binding_and_a_count() {
    let table = Table::new().await;
    let binding = Binding {
        callee: user(1),
        call: CallId::from_bytes([5; 16]),
        slot: CallSlot::from_number(3).unwrap(),
        role: Role::Callee,
    };
    table.store.bind(&connection("phone="), &binding, after(100)).await.unwrap();
    let mut item = json!({
        "pk": text("connection#phone="),
        "sk": text("connection"),
        "callee": text("AQEBAQEBAQEBAQEBAQEBAQ"),
        "call_id": text("BQUFBQUFBQUFBQUFBQUFBQ"),
        "slot": number(3),
        "role": text("callee"),
        "messages": number(0),
        "expires_at": number(NOW_SECOND + 100),
        "ttl": number(NOW_SECOND + 100 + 3_600),
    });
    assert_eq!(table.items(), [item.clone()]);
    table.store.count_message(&connection("phone="), NOW).await.unwrap();
    item["messages"] = number(1);
    assert_eq!(table.items(), [item]);
}

#[tokio::test]
async fn the_heartbeat_has_nothing_but_its_expiry() {
    let table = Table::new().await;
    table.store.heartbeat(NOW).await.unwrap();
    let item = json!({
        "pk": text("heartbeat"),
        "sk": text("heartbeat"),
        "expires_at": number(NOW_SECOND + 86_400),
        "ttl": number(NOW_SECOND + 86_400 + 3_600),
    });
    assert_eq!(table.items(), [item]);
}

#[tokio::test]
async fn a_placed_call_has_what_both_sides_need() {
    let ringing = ringing(repeatable()).await;
    let mut item = ringing.item();
    assert_eq!(write_tokens(&mut item).len(), 1);
    assert_eq!(item, placed());

    let table = Table::new().await;
    let state = table.callee(user(1), NOW).await;
    let call = Call { caller_token: None, ..repeatable() };
    table.store.place(user(1), &state, &call, NOW).await.unwrap();
    let mut item = table.items().remove(0);
    write_tokens(&mut item);
    assert_eq!(item, without(placed(), &["caller_token"]));
}

#[tokio::test]
async fn a_call_that_rings_again_says_by_which_write() {
    let ringing = ringing(repeatable()).await;
    let store = &ringing.table.store;
    let state = ringing.table.callee(user(1), NOW).await;
    let earlier = state.placed(ringing.call.id, NOW).unwrap().unwrap().earlier.unwrap();
    assert!(store.ring_again(user(1), ringing.call.id, earlier, NOW).await.unwrap());
    let mut item = ringing.item();
    write_token(&item["rung_again"]);
    write_tokens(&mut item);
    assert_eq!(without(item, &["rung_again"]), placed());
}

#[tokio::test]
async fn an_event_adds_progress_and_revision_to_a_call() {
    let ringing = ringing(repeatable()).await;
    for event in [caller_hello(), hello("phone"), hello("laptop")] {
        ringing.happens(&event).await.unwrap();
    }
    let mut expected = placed();
    expected["expires_at"] = number(NOW_SECOND + 90);
    expected["ttl"] = number(NOW_SECOND + 90 + 3_600);
    expected["revision"] = number(3);
    expected["progress"] = json!({ "M": {
        "state": text("alerting"),
        "caller": party("caller"),
        "callees": { "L": [party("phone"), party("laptop")] },
        "caller_hellos": number(1),
        "callee_hellos": number(2),
        "caller_has_media": { "BOOL": false },
        "callee_has_media": { "BOOL": false },
        "deadline": number(NOW.get() + 30_000),
    }});
    let mut item = ringing.item();
    let tokens = write_tokens(&mut item);
    assert_eq!(tokens.len(), 4);
    assert_eq!(item, expected);

    for event in [accept("phone"), media_up("phone")] {
        ringing.happens(&event).await.unwrap();
    }
    expected["expires_at"] = number(NOW_SECOND + 10_800);
    expected["ttl"] = number(NOW_SECOND + 10_800 + 3_600);
    expected["revision"] = number(5);
    expected["progress"] = json!({ "M": {
        "state": text("half-connected"),
        "caller": party("caller"),
        "callees": { "L": [party("phone")] },
        "caller_hellos": number(1),
        "callee_hellos": number(2),
        "caller_has_media": { "BOOL": false },
        "callee_has_media": { "BOOL": true },
        "deadline": number(NOW.get() + 10_000),
    }});
    let mut item = ringing.item();
    let more_tokens = write_tokens(&mut item);
    assert_eq!(more_tokens[2..], tokens, "the latest first");
    assert_eq!(item, expected);
}

#[tokio::test]
async fn a_call_that_has_ended_keeps_only_what_limits_need() {
    let ringing = ringing(repeatable()).await;
    ringing.happens(&hello("phone")).await.unwrap();
    ringing.happens(&terminate("phone", TerminationReason::Closed)).await.unwrap();
    let mut item = ringing.item();
    assert_eq!(write_tokens(&mut item).len(), 3);
    let expected = json!({
        "pk": text("AQEBAQEBAQEBAQEBAQEBAQ"),
        "sk": text("call#1"),
        "call_id": text("BQUFBQUFBQUFBQUFBQUFBQ"),
        "url_id": text("AQEBAQEBAQE"),
        "version": number(NOW.get() + 1),
        "revision": number(2),
        "progress": { "M": {
            "state": text("terminated"),
            "reason": text("closed"),
            "caller_has_media": { "BOOL": false },
            "callee_has_media": { "BOOL": false },
        }},
        "expires_at": number(NOW_SECOND),
        "ttl": number(NOW_SECOND + 3_600),
    });
    assert_eq!(item, expected);
}

#[tokio::test]
async fn a_call_remembers_those_before_it_in_its_slot() {
    let ringing = ringing(repeatable()).await;
    let free = start_of(after(15));
    let state = ringing.table.callee(user(1), free).await;
    let next = Call {
        id: CallId::from_bytes([6; 16]),
        expires_at: after(105),
        slot_expires_at: after(30),
        ..repeatable()
    };
    ringing.table.store.place(user(1), &state, &next, free).await.unwrap();
    let mut expected = placed();
    expected["call_id"] = text("BgYGBgYGBgYGBgYGBgYGBg");
    expected["version"] = number(NOW_SECOND * 1_000 + 15_001);
    expected["rings_until"] = number(NOW_SECOND + 105);
    expected["expires_at"] = number(NOW_SECOND + 30);
    expected["ttl"] = number(NOW_SECOND + 30 + 3_600);
    expected["history"] = json!({ "M": { "AQEBAQEBAQE": { "L": [number(NOW.get() + 1)] } } });
    let mut item = ringing.item();
    assert_eq!(write_tokens(&mut item).len(), 1);
    assert_eq!(item, expected);
}

/// Makes a call whose request may be repeated.
fn repeatable() -> Call {
    Call {
        id: CallId::from_bytes([5; 16]),
        caller_token: Some(ParticipantToken::new("caller-token")),
        expires_at: after(90),
        slot_expires_at: after(15),
        ..call(0)
    }
}

async fn ringing(call: Call) -> Ringing {
    let table = Table::new().await;
    let free = table.callee(user(1), NOW).await;
    table.store.place(user(1), &free, &call, NOW).await.unwrap();
    Ringing { table, call, free }
}

/// Builds the item of [`repeatable`], without its write tokens.
fn placed() -> Value {
    json!({
        "pk": text("AQEBAQEBAQEBAQEBAQEBAQ"),
        "sk": text("call#1"),
        "call_id": text("BQUFBQUFBQUFBQUFBQUFBQ"),
        "url_id": text("AQEBAQEBAQE"),
        "version": number(NOW.get() + 1),
        "remote_id": text("alice@example.com"),
        "call_type": text("audio-video"),
        "provider": text("livekit"),
        "api_key": text("key"),
        "session_id": text("room"),
        "server_url": text("wss://livekit.example.org"),
        "callee_token": text("callee-token"),
        "caller_token": text("caller-token"),
        "rings_until": number(NOW_SECOND + 90),
        "expires_at": number(NOW_SECOND + 15),
        "ttl": number(NOW_SECOND + 15 + 3_600),
    })
}

fn devices_item(devices: &Value) -> Value {
    json!({
        "pk": text("AQEBAQEBAQEBAQEBAQEBAQ"),
        "sk": text("devices"),
        "devices": devices,
        "expires_at": number(NOW_SECOND + 90 * 86_400),
        "ttl": number(NOW_SECOND + 90 * 86_400 + 3_600),
    })
}

/// Takes the write tokens out of a call's item: they are random.
fn write_tokens(item: &mut Value) -> Vec<u64> {
    let tokens = item.as_object_mut().unwrap().remove("writers").unwrap();
    tokens["L"].as_array().unwrap().iter().map(write_token).collect()
}

fn write_token(value: &Value) -> u64 {
    value["N"].as_str().unwrap().parse().unwrap()
}

fn without(mut item: Value, names: &[&str]) -> Value {
    let attributes = item.as_object_mut().unwrap();
    attributes.retain(|name, _| !names.contains(&name.as_str()));
    item
}

/// Returns a party that has the connection by which it joined.
fn party(connection: &str) -> Value {
    json!({ "M": { "joined_by": text(connection), "connection": text(connection) } })
}

fn text(value: &str) -> Value {
    json!({ "S": value })
}

fn number(value: u64) -> Value {
    json!({ "N": value.to_string() })
}
