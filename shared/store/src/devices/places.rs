//! The places that a device takes in the map of all devices of a user.
//!
//! A condition sees the number of elements of a map, and not their size. So each element stands for
//! [`PUSH_URL_PLACE_BYTES`] of a push URL, and a longer push URL is written with further elements
//! that hold nothing but its expiry. A limit on places then bounds bytes: strictly, in the same
//! write, and for every repetition of it, because a device's id is a hash of its push URL.
//!
//! No id looks like the key of a further place, so reading the devices leaves it out.

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use loop_core::{
    Device, DeviceId,
    limits::{PUSH_URL_MAX_BYTES, PUSH_URL_PLACE_BYTES},
};

/// The most places that one device can take.
const PLACES_MAX: usize = PUSH_URL_MAX_BYTES.div_ceil(PUSH_URL_PLACE_BYTES);

/// Returns the paths of further places in the map of devices, and `update` with the names that
/// these paths use.
pub(crate) fn paths(
    update: UpdateItemFluentBuilder,
    further: Vec<String>,
) -> (UpdateItemFluentBuilder, Vec<String>) {
    let mut paths = Vec::new();
    let named = further.into_iter().enumerate().fold(update, |update, (number, key)| {
        let name = format!("#place{number}");
        paths.push(format!("#devices.{name}"));
        update.expression_attribute_names(name, key)
    });
    (named, paths)
}

/// Returns the keys of the further places of `device`, beside its id.
pub(crate) fn further_places(device: &Device) -> Vec<String> {
    keys(device.id, device.target.address().len().div_ceil(PUSH_URL_PLACE_BYTES))
}

/// Returns all keys that a device with this id can take beside its id, for the longest push URL.
pub(crate) fn all_further_places(id: DeviceId) -> Vec<String> {
    keys(id, PLACES_MAX)
}

fn keys(id: DeviceId, places: usize) -> Vec<String> {
    (1..places).map(|number| format!("{id}+{number}")).collect()
}

#[cfg(test)]
mod tests {
    use loop_core::{PushTarget, UnixMillis, UnixSeconds};

    use super::*;

    fn places_of_bytes(bytes: usize) -> usize {
        let push_url = "a".repeat(bytes);
        let id = DeviceId::of_push_url(&push_url);
        let expires_at = UnixSeconds::MAX;
        let target = PushTarget::WebPush(push_url);
        let device = Device { id, target, registered_at: UnixMillis::new(1), expires_at };
        let further = further_places(&device);
        assert!(further.iter().all(|key| key.parse::<DeviceId>().is_err()), "{further:?}");
        assert!(further.iter().all(|key| all_further_places(id).contains(key)), "{further:?}");
        1 + further.len()
    }

    #[test]
    fn a_push_url_takes_a_place_for_each_312_bytes() {
        for (bytes, places) in [(1, 1), (312, 1), (313, 2), (624, 2), (625, 3), (2_048, 7)] {
            assert_eq!(places_of_bytes(bytes), places, "{bytes}");
        }
    }
}
