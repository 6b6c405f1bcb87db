//! Long push URLs take several of a user's places for devices.

use loop_core::{
    Device, DeviceId, PushTarget,
    limits::{PUSH_URL_MAX_BYTES, PUSH_URL_PLACE_BYTES},
};
use loop_store::{Limit, Registrant::Returning};
use loop_testkit::Fault;

use crate::{
    registrations::register_twenty,
    table::{NOW, Table, after, device, sorted, start_of, too_many, user},
};

#[tokio::test]
async fn a_long_push_url_takes_several_places_and_gives_them_back() {
    let table = Table::new().await;
    let [long, longer] = [1, 2].map(|number| long_device(number, PUSH_URL_MAX_BYTES));
    for device in [&long, &longer, &device(0, 100)] {
        table.store.register(user(1), Returning, device, NOW).await.unwrap();
    }
    let places = || table.items()[0]["devices"]["M"].as_object().unwrap().len();
    assert_eq!(places(), 15, "seven, seven, and one");
    let third = long_device(3, 5 * PUSH_URL_PLACE_BYTES + 1);
    let refused = table.store.register(user(1), Returning, &third, NOW).await;
    // One place would be free when the first device expires, which is not enough.
    assert_eq!(refused, Err(too_many(Limit::OfUser, 100 + 3600)));
    table.store.register(user(1), Returning, &long, NOW).await.unwrap();
    assert_eq!(places(), 15, "a repeat takes no more");

    table.wire.fail_next(Fault::DropAfter);
    table.store.unregister(user(1), long.id).await.unwrap();
    assert_eq!(places(), 8);
    table.store.register(user(1), Returning, &third, NOW).await.unwrap();
    assert_eq!(places(), 14);
    table.store.forget_device(user(1), &longer).await.unwrap();
    let devices = table.callee(user(1), NOW).await.devices;
    assert_eq!(sorted(devices), sorted(vec![device(0, 100), third]));
    assert_eq!(places(), 7);
}

/// A device that needs several places waits until as many are free.
#[tokio::test]
async fn a_long_push_url_waits_until_all_its_places_are_free() {
    let table = Table::new().await;
    register_twenty(&table).await;
    let long = long_device(99, PUSH_URL_MAX_BYTES);
    let refused = table.store.register(user(1), Returning, &long, NOW).await;
    assert_eq!(refused, Err(too_many(Limit::OfUser, 106 + 3600)));
    let then = start_of(after(106 + 3600));
    table.store.register(user(1), Returning, &long, then).await.unwrap();
}

fn long_device(number: usize, bytes: usize) -> Device {
    let push_url = format!("{:a<bytes$}", format!("https://push.example.org/{number}/"));
    Device {
        id: DeviceId::of_push_url(&push_url),
        target: PushTarget::WebPush(push_url),
        ..device(0, 8_000)
    }
}
