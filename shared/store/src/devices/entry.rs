//! The entry of a device in the item that holds all devices of a user.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use loop_core::{
    Device, DeviceId, PushKind, PushTarget, UnavailableError, UnixMillis, UnixSeconds,
};
use serde::{Deserialize, Serialize};
use serde_dynamo::aws_sdk_dynamodb_1::{from_attribute_value, to_attribute_value};

use crate::{
    item::{Item, not_written, number},
    schema::{DEVICES, EXPIRES_AT},
};

/// Builds a device's entry in the map of all devices.
pub(crate) fn device_entry(device: &Device) -> Result<AttributeValue, UnavailableError> {
    let entry = DeviceEntry {
        kind: device.target.kind(),
        push_url: device.target.address().to_owned(),
        registered_at: device.registered_at,
        expires_at: device.expires_at,
    };
    to_attribute_value(entry).map_err(|_| not_written())
}

/// Builds the entry of a further place of a device ([`places`](crate::devices::places)), which is
/// nothing but its expiry. A release that knows of no places drops an entry without expiry.
pub(crate) fn place_entry(device: &Device) -> AttributeValue {
    let expires_at = (EXPIRES_AT.to_owned(), number(device.expires_at.get()));
    AttributeValue::M(HashMap::from([expires_at]))
}

/// Reads the devices of a user that have not expired, without those that can't be read.
pub(crate) fn live_devices(item: &Item, now: UnixSeconds) -> Vec<Device> {
    let entries = item.get(DEVICES).and_then(|map| map.as_m().ok()).into_iter().flatten();
    let devices = entries.filter_map(|(id, entry)| device(id, entry));
    devices.filter(|device| now < device.expires_at).collect()
}

fn device(id: &str, entry: &AttributeValue) -> Option<Device> {
    let id: DeviceId = id.parse().ok()?;
    let entry: DeviceEntry = from_attribute_value(entry.clone()).ok()?;
    Some(Device {
        id,
        target: PushTarget::new(entry.kind, entry.push_url),
        registered_at: entry.registered_at,
        expires_at: entry.expires_at,
    })
}

#[derive(Serialize, Deserialize)]
struct DeviceEntry {
    kind: PushKind,
    push_url: String,
    registered_at: UnixMillis,
    expires_at: UnixSeconds,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use crate::schema::{KIND, PUSH_URL, REGISTERED_AT};

    use super::*;

    #[test]
    fn the_schema_names_every_attribute_of_a_device() {
        let device = Device {
            id: DeviceId::of_push_url("https://push.example.org/a"),
            target: PushTarget::WebPush("https://push.example.org/a".to_owned()),
            registered_at: UnixMillis::new(1),
            expires_at: UnixSeconds::try_from(2).unwrap(),
        };
        let entry = device_entry(&device).unwrap();
        let schema = BTreeSet::from([KIND, PUSH_URL, REGISTERED_AT, EXPIRES_AT]);
        let names: BTreeSet<_> = entry.as_m().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, schema);

        let map = HashMap::from([(device.id.to_string(), entry)]);
        let item = Item::from([(DEVICES.to_owned(), AttributeValue::M(map))]);
        let [first, second] = [1, 2].map(|second| UnixSeconds::try_from(second).unwrap());
        assert_eq!(live_devices(&item, first), [device]);
        assert_eq!(live_devices(&item, second), []);
    }

    proptest! {
        #[test]
        fn a_device_is_read_as_it_was_written(
            push_url: String,
            registered_at: u64,
            expires_at in 1..1_u64 << 40,
            kind in prop_oneof![
                Just(PushKind::SimplePush), Just(PushKind::WebPush), Just(PushKind::Polling)
            ],
        ) {
            let device = Device {
                id: DeviceId::of_push_url(&push_url),
                target: PushTarget::new(kind, push_url),
                registered_at: UnixMillis::new(registered_at),
                expires_at: UnixSeconds::try_from(expires_at).unwrap(),
            };
            let map = HashMap::from([(device.id.to_string(), device_entry(&device).unwrap())]);
            let item = Item::from([(DEVICES.to_owned(), AttributeValue::M(map))]);
            let before = UnixSeconds::try_from(expires_at - 1).unwrap();
            prop_assert_eq!(live_devices(&item, before), [device]);
        }
    }
}
