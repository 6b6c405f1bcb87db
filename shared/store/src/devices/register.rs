//! Registering devices.

use std::time::Duration;

use aws_sdk_dynamodb::{
    operation::update_item::builders::UpdateItemFluentBuilder,
    types::{AttributeValue, ReturnValuesOnConditionCheckFailure},
};
use loop_core::{
    Device, UnavailableError, UnixMillis, UnixSeconds, UserId,
    limits::{DEVICES_PER_USER, REGISTRATION_LIFETIME},
};

use crate::{
    Limit, LimitError, Store,
    container::{self, KEEP, keep_until, removable_at},
    devices::{
        entry::{device_entry, place_entry},
        places::{further_places, paths},
    },
    item::{Item, attribute, expires_at, item, key, number},
    schema::{DEVICES, PARTITION_KEY, REGISTERED_AT},
    write::Written,
};

/// The number of rounds after which registering gives up. Each lost round means that another
/// registration of the same user went through in between; more than two in a row are made on
/// purpose.
const TRIES: usize = 6;

/// The condition that the user is there, that the device has no later registration, and that it has
/// all its places or there is room for them. A value that can't be compared is no later
/// registration.
const HAS_ROOM: &str = "attribute_exists(#devices) \
     AND NOT #devices.#id.#registered_at > :registered_at \
     AND ((attribute_exists(#devices.#id) AND attribute_exists(#devices.#last)) \
          OR size(#devices) <= :room)";

/// The kind of user who registers. It decides which write is tried first, so that one is nearly
/// always enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registrant {
    /// A user whose id was made for this request.
    New,
    /// A user who has probably registered before.
    Returning,
}

impl Store {
    /// Registers `device`, or registers it again: 1 `PutItem` for a new user, 1 `UpdateItem` for
    /// one who returns. More only if the user is not what `registrant` says, if the places are
    /// full and some devices have expired, or if the device was registered by a clock that is
    /// ahead of this one. Can be repeated.
    ///
    /// It never takes anything from a registration that has not expired: neither from those of
    /// other devices, nor from a longer one of this device.
    ///
    /// # Errors
    /// [`LimitError`].
    pub async fn register(
        &self,
        user: UserId,
        registrant: Registrant,
        device: &Device,
        now: UnixMillis,
    ) -> Result<(), LimitError> {
        let mut next = match registrant {
            Registrant::New => Step::Create,
            Registrant::Returning => Step::Add(device.clone()),
        };
        for _ in 0..TRIES {
            let done = match next {
                Step::Create => self.create_user(user, device, now).await?,
                Step::Add(device) => self.add_device(user, &device, now).await?,
                Step::Replace(seen) => self.replace_expired(user, device, seen, now).await?,
            };
            match done {
                None => return Ok(()),
                Some(step) => next = step,
            }
        }
        Err(UnavailableError::new("register: too many at the same time for one user").into())
    }

    async fn create_user(
        &self,
        user: UserId,
        device: &Device,
        now: UnixMillis,
    ) -> Result<Option<Step>, UnavailableError> {
        let map = entries(device)?;
        let content = Item::from([(DEVICES.to_owned(), AttributeValue::M(map))]);
        let item = item(user.to_string(), DEVICES.to_owned(), keep(device, now), content);
        let put = self
            .put(item)
            .condition_expression("attribute_not_exists(#pk)")
            .expression_attribute_names("#pk", PARTITION_KEY);
        match self.put_if(put).await? {
            Written::Done(_) => Ok(None),
            // The refusal may follow our own first attempt, whose response was lost.
            Written::Refused(_) => Ok(Some(Step::Add(device.clone()))),
        }
    }

    async fn add_device(
        &self,
        user: UserId,
        device: &Device,
        now: UnixMillis,
    ) -> Result<Option<Step>, UnavailableError> {
        let id = device.id.to_string();
        let further = further_places(device);
        let room = DEVICES_PER_USER.saturating_sub(1 + further.len());
        let last = further.last().unwrap_or(&id).clone();
        let (mut update, paths) = paths(self.update_devices(user), further);
        if !paths.is_empty() {
            update = update.expression_attribute_values(":place", place_entry(device));
        }
        let places: String = paths.iter().map(|path| format!("{path} = :place, ")).collect();
        let update = keep_until(update, keep(device, now))
            .update_expression(format!("SET #devices.#id = :device, {places}{KEEP}"))
            .condition_expression(HAS_ROOM)
            .expression_attribute_names("#id", id)
            .expression_attribute_names("#last", last)
            .expression_attribute_names("#registered_at", REGISTERED_AT)
            .expression_attribute_values(":device", device_entry(device)?)
            .expression_attribute_values(":registered_at", number(device.registered_at.get()))
            .expression_attribute_values(":room", number(room as u64))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match self.update_if(update).await? {
            Written::Done(_) => Ok(None),
            Written::Refused(None) => Ok(Some(Step::Create)),
            Written::Refused(Some(mut item)) => match item.remove(DEVICES) {
                Some(AttributeValue::M(seen)) => Ok(Some(match later_than_seen(device, &seen) {
                    Some(later) => Step::Add(later),
                    None => Step::Replace(seen),
                })),
                _ => Err(UnavailableError::new("register: the stored devices are no map")),
            },
        }
    }

    async fn replace_expired(
        &self,
        user: UserId,
        device: &Device,
        seen: Item,
        now: UnixMillis,
    ) -> Result<Option<Step>, LimitError> {
        let added = entries(device)?;
        let mut devices = seen.clone();
        // An entry that can't be read may be a device of a later release.
        devices.retain(|key, entry| {
            !added.contains_key(key)
                && entry_removable_at(entry).is_none_or(|end| now.seconds() < end)
        });
        let lacking = (devices.len() + added.len()).saturating_sub(DEVICES_PER_USER);
        if let Some(last) = lacking.checked_sub(1) {
            let mut ends: Vec<_> = devices.values().filter_map(entry_removable_at).collect();
            ends.sort_unstable();
            let wait = ends.get(last).map_or(REGISTRATION_LIFETIME, |end| end.since(now.seconds()));
            return Err(LimitError::TooMany { limit: Limit::OfUser, retry_after: wait });
        }
        devices.extend(added);
        let update = keep_until(self.update_devices(user), keep(device, now))
            .update_expression(format!("SET #devices = :devices, {KEEP}"))
            .condition_expression("#devices = :seen")
            .expression_attribute_values(":devices", AttributeValue::M(devices))
            .expression_attribute_values(":seen", AttributeValue::M(seen));
        match self.update_if(update).await? {
            Written::Done(_) => Ok(None),
            Written::Refused(_) => Ok(Some(Step::Add(device.clone()))),
        }
    }

    pub(crate) fn update_devices(&self, user: UserId) -> UpdateItemFluentBuilder {
        self.update(key(user.to_string(), DEVICES.to_owned()))
            .expression_attribute_names("#devices", DEVICES)
    }
}

/// The next write of a registration.
enum Step {
    /// The first device of a user.
    Create,
    /// A device beside the others.
    Add(Device),
    /// A device in the place of those that have expired, in the map that was seen and is full.
    Replace(Item),
}

/// Builds all entries of `device` in the map.
fn entries(device: &Device) -> Result<Item, UnavailableError> {
    let further = further_places(device).into_iter().map(|key| (key, place_entry(device)));
    let mut entries: Item = further.collect();
    entries.insert(device.id.to_string(), device_entry(device)?);
    Ok(entries)
}

/// Returns the expiry of the item of a user who registers `device`.
fn keep(device: &Device, now: UnixMillis) -> UnixSeconds {
    container::expires_at(now.seconds(), REGISTRATION_LIFETIME, device.expires_at)
}

/// Returns `device` as a registration after the one that was seen, where that one is later: another
/// request was quicker, or another clock is ahead. It expires no sooner than the one that was seen.
/// [`Store::forget_device`] of the one that was seen does not remove it.
fn later_than_seen(device: &Device, seen: &Item) -> Option<Device> {
    let seen = seen.get(&device.id.to_string())?.as_m().ok()?;
    let seen_at: UnixMillis = attribute(seen, REGISTERED_AT)?;
    (device.registered_at < seen_at).then(|| Device {
        registered_at: seen_at.after(Duration::from_millis(1)),
        expires_at: expires_at(seen).map_or(device.expires_at, |end| end.max(device.expires_at)),
        ..device.clone()
    })
}

fn entry_removable_at(entry: &AttributeValue) -> Option<UnixSeconds> {
    entry.as_m().ok().and_then(expires_at).map(removable_at)
}
