//! Devices: registering, refreshing, removing, and never more than 20.

use std::{slice, time::Duration};

use loop_core::{
    Device, PushKind,
    limits::{DEVICES_PER_USER, POLLING_LIFETIME, REGISTRATION_LIFETIME},
};
use loop_store::{
    Limit,
    Registrant::{New, Returning},
};
use loop_testkit::Fault;
use tokio::task::JoinSet;

use crate::table::{
    NOW, Table, after, device, just_before, number, of_kind, sorted, start_of, too_many, user,
};

#[tokio::test]
async fn registering_is_one_write_and_so_is_every_repetition() {
    let table = Table::new().await;
    let mut phone = device(1, 100);
    table.store.register(user(1), New, &phone, NOW).await.unwrap();
    assert_eq!(table.wire.take(), ["PutItem"]);
    assert_eq!(table.callee(user(1), NOW).await.devices, [phone.clone()]);
    table.wire.take();

    phone.registered_at = NOW.after(Duration::from_millis(50_000));
    phone.expires_at = after(150);
    table.store.register(user(1), Returning, &phone, phone.registered_at).await.unwrap();
    assert_eq!(table.wire.take(), ["UpdateItem"]);
    assert_eq!(table.callee(user(1), NOW).await.devices, [phone]);
    let items = table.items();
    assert_eq!(items.len(), 1);
    let end = after(50 + REGISTRATION_LIFETIME.as_secs()).get();
    assert_eq!(number(&items[0], "expires_at"), end, "the longest life, not that of the newest");
    assert_eq!(number(&items[0], "ttl"), end + 3600);
}

#[tokio::test]
async fn a_second_push_url_is_a_second_device() {
    let table = Table::new().await;
    let [phone, laptop] = [of_kind(PushKind::SimplePush, device(1, 100)), device(2, 100)];
    table.store.register(user(1), New, &phone, NOW).await.unwrap();
    table.store.register(user(1), Returning, &laptop, NOW).await.unwrap();
    assert_eq!(table.wire.take(), ["PutItem", "UpdateItem"]);
    let devices = table.callee(user(1), NOW).await.devices;
    assert_eq!(sorted(devices), sorted(vec![phone, laptop]));
    assert_eq!(table.callee(user(2), NOW).await.devices, []);
}

#[tokio::test]
async fn a_registrant_of_the_wrong_kind_is_registered_nevertheless() {
    let table = Table::new().await;
    table.store.register(user(1), Returning, &device(1, 100), NOW).await.unwrap();
    assert_eq!(table.wire.take(), ["UpdateItem", "PutItem"]);
    table.store.register(user(1), New, &device(2, 100), NOW).await.unwrap();
    assert_eq!(table.wire.take(), ["PutItem", "UpdateItem"]);
    assert_eq!(table.callee(user(1), NOW).await.devices.len(), 2);
}

#[tokio::test]
async fn a_device_expires_in_its_exact_second() {
    let table = Table::new().await;
    let phone = device(1, 100);
    table.store.register(user(1), New, &phone, NOW).await.unwrap();
    let devices_at = async |now| table.callee(user(1), now).await.devices.len();
    assert_eq!(devices_at(just_before(phone.expires_at)).await, 1);
    assert_eq!(devices_at(start_of(phone.expires_at)).await, 0);
}

#[tokio::test]
async fn unregistering_is_one_write_and_can_be_repeated() {
    let table = Table::new().await;
    let [phone, laptop] = [device(1, 100), device(2, 100)];
    table.store.register(user(1), New, &phone, NOW).await.unwrap();
    table.store.register(user(1), Returning, &laptop, NOW).await.unwrap();
    table.wire.take();
    for _ in 0..2 {
        table.store.unregister(user(1), phone.id).await.unwrap();
        assert_eq!(table.wire.take(), ["UpdateItem"]);
        assert_eq!(table.callee(user(1), NOW).await.devices, slice::from_ref(&laptop));
        table.wire.take();
    }
    table.store.unregister(user(2), phone.id).await.unwrap();
    assert_eq!(table.items().len(), 1);
}

#[tokio::test]
async fn a_device_is_forgotten_only_as_it_was_seen() {
    let table = Table::new().await;
    let phone = device(1, 100);
    table.store.register(user(1), New, &phone, NOW).await.unwrap();
    let seen = table.callee(user(1), NOW).await.devices;

    let mut again = phone.clone();
    again.registered_at = NOW.after(Duration::from_millis(1));
    table.store.register(user(1), Returning, &again, NOW).await.unwrap();
    table.wire.take();
    table.store.forget_device(user(1), &seen[0]).await.unwrap();
    assert_eq!(table.wire.take(), ["UpdateItem"]);
    assert_eq!(table.callee(user(1), NOW).await.devices, [again.clone()]);

    table.store.forget_device(user(1), &again).await.unwrap();
    assert_eq!(table.callee(user(1), NOW).await.devices, []);
    table.store.forget_device(user(1), &again).await.unwrap();
    table.store.forget_device(user(2), &again).await.unwrap();
}

#[tokio::test]
async fn the_twenty_first_device_waits_until_the_first_expires() {
    let table = Table::new().await;
    register_twenty(&table).await;
    table.wire.take();
    let refused = table.store.register(user(1), Returning, &device(99, 500), NOW).await;
    assert_eq!(refused, Err(too_many(Limit::OfUser, 100 + 3600)));
    assert_eq!(table.wire.take(), ["UpdateItem"]);

    table.store.register(user(1), Returning, &device(0, 500), NOW).await.unwrap();
    assert_eq!(table.wire.take(), ["UpdateItem"]);
    let refused = table.store.register(user(1), Returning, &device(99, 500), NOW).await;
    assert_eq!(refused, Err(too_many(Limit::OfUser, 101 + 3600)));
}

/// Another instance, whose clock is behind, may still count a device that has expired here.
#[tokio::test]
async fn a_device_makes_room_an_hour_after_it_has_expired() {
    let table = Table::new().await;
    let twenty = register_twenty(&table).await;
    table.wire.take();
    let last = just_before(twenty[0].expires_at.after(Duration::from_hours(1)));
    let refused = table.store.register(user(1), Returning, &device(99, 8000), last).await;
    assert_eq!(refused, Err(too_many(Limit::OfUser, 1)));
    assert_eq!(table.wire.take(), ["UpdateItem"]);

    let now = start_of(twenty[2].expires_at.after(Duration::from_hours(1)));
    table.store.register(user(1), Returning, &device(99, 8000), now).await.unwrap();
    assert_eq!(table.wire.take(), ["UpdateItem", "UpdateItem"]);
    let behind = just_before(twenty[3].expires_at);
    assert_eq!(table.callee(user(1), behind).await.devices.len(), 18);
    let stored = table.items()[0]["devices"]["M"].as_object().unwrap().len();
    assert_eq!(stored, 18, "three had expired and were taken out");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forty_at_the_same_time_are_twenty() {
    let table = Table::new().await;
    let mut tasks = JoinSet::new();
    for number in 0..40 {
        let store = table.store.clone();
        let registrant = if number % 2 == 0 { New } else { Returning };
        tasks.spawn(
            async move { store.register(user(1), registrant, &device(number, 100), NOW).await },
        );
    }
    let results = tasks.join_all().await;
    let full = Err(too_many(Limit::OfUser, 100 + 3600));
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), DEVICES_PER_USER);
    assert_eq!(results.iter().filter(|result| **result == full).count(), 40 - DEVICES_PER_USER);
    assert_eq!(table.callee(user(1), NOW).await.devices.len(), DEVICES_PER_USER);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forty_concurrent_registrations_are_twenty_though_twenty_have_expired() {
    let table = Table::new().await;
    register_twenty(&table).await;
    let now = start_of(after(200 + 3600));
    let mut tasks = JoinSet::new();
    for number in 100..140 {
        let store = table.store.clone();
        tasks.spawn(async move {
            store.register(user(1), Returning, &device(number, 8000), now).await.is_ok()
        });
    }
    let registered = tasks.join_all().await.into_iter().filter(|is_ok| *is_ok).count();
    assert_eq!(registered, DEVICES_PER_USER);
    assert_eq!(table.callee(user(1), now).await.devices.len(), DEVICES_PER_USER);
}

/// A browser with push that polls as well, in a second tab.
#[tokio::test]
async fn the_item_outlives_all_its_entries() {
    let table = Table::new().await;
    let push = device(1, REGISTRATION_LIFETIME.as_secs());
    let page = of_kind(PushKind::Polling, device(2, POLLING_LIFETIME.as_secs()));
    for order in [[&push, &page], [&page, &push]] {
        table.store.unregister(user(1), push.id).await.unwrap();
        table.store.unregister(user(1), page.id).await.unwrap();
        for device in order {
            table.store.register(user(1), Returning, device, NOW).await.unwrap();
            let end = push.expires_at.get();
            assert_eq!(number(&table.items()[0], "expires_at"), end, "{device:?}");
        }
    }
    table.store.unregister(user(1), page.id).await.unwrap();
    assert_eq!(number(&table.items()[0], "ttl"), push.expires_at.get() + 3600);
}

/// The older registration comes from an instance whose clock is behind, or was overtaken.
#[tokio::test]
async fn a_late_older_registration_takes_nothing_from_a_newer_one() {
    let table = Table::new().await;
    let newer =
        Device { registered_at: NOW.after(Duration::from_millis(60_000)), ..device(1, 190) };
    let older = of_kind(PushKind::SimplePush, device(1, 130));
    table.store.register(user(1), New, &newer, newer.registered_at).await.unwrap();
    let seen = table.callee(user(1), NOW).await.devices;
    table.wire.take();
    table.store.register(user(1), Returning, &older, NOW).await.unwrap();
    assert_eq!(table.wire.take(), ["UpdateItem", "UpdateItem"]);

    // It counts as the later of the two, for it was acknowledged last.
    let registered_at = newer.registered_at.after(Duration::from_millis(1));
    let expected = Device { target: older.target.clone(), registered_at, ..newer };
    assert_eq!(table.callee(user(1), NOW).await.devices, slice::from_ref(&expected));
    table.store.forget_device(user(1), &seen[0]).await.unwrap();
    assert_eq!(table.callee(user(1), NOW).await.devices, [expected]);
}

/// The client has given up the older registration, and was sent the later expiry of the other one.
#[tokio::test]
async fn an_abandoned_registration_changes_nothing() {
    let table = Table::new().await;
    let older = of_kind(PushKind::SimplePush, device(1, 130));
    let newer =
        Device { registered_at: NOW.after(Duration::from_millis(60_000)), ..device(1, 190) };
    table.store.register(user(1), New, &device(2, 100), NOW).await.unwrap();
    let late = Fault::Late(Duration::from_millis(3_500));
    (0..3).for_each(|_| table.wire.fail_next(late));
    table.store.register(user(1), Returning, &older, NOW).await.unwrap_err();
    table.store.register(user(1), Returning, &newer, newer.registered_at).await.unwrap();
    table.wire.settled().await;
    let devices = table.callee(user(1), NOW).await.devices;
    assert_eq!(sorted(devices), sorted(vec![newer, device(2, 100)]));
}

#[tokio::test]
async fn concurrent_registrations_of_one_device_by_different_clocks_all_succeed() {
    let table = Table::new().await;
    let mut tasks = JoinSet::new();
    for number in 0..20 {
        let now = NOW.after(Duration::from_millis(number * 7919 % 1_000));
        let (store, device) =
            (table.store.clone(), Device { registered_at: now, ..device(1, 100) });
        tasks.spawn(async move { store.register(user(1), Returning, &device, now).await });
    }
    for result in tasks.join_all().await {
        result.unwrap();
    }
    assert_eq!(table.callee(user(1), NOW).await.devices.len(), 1);
}

/// Registers device 0, which expires 100 seconds from now, and each other one a second after it.
pub(crate) async fn register_twenty(table: &Table) -> Vec<Device> {
    let devices: Vec<_> =
        (0..DEVICES_PER_USER).map(|number| device(number, 100 + number as u64)).collect();
    for device in &devices {
        table.store.register(user(1), Returning, device, NOW).await.unwrap();
    }
    devices
}
