//! Registering devices and taking them away.

use std::{collections::HashMap, fmt};

use aws_sdk_dynamodb::{
    operation::{
        put_item::PutItemError,
        update_item::{UpdateItemError, builders::UpdateItemFluentBuilder},
    },
    types::{AttributeValue, ReturnValuesOnConditionCheckFailure},
};
use loop_core::{
    Device, DeviceId, Unavailable, UnixMillis, UnixSeconds, UserId, limits::DEVICES_PER_USER,
};

use crate::{
    Store,
    items::{Item, device_entry, expires_at, item, number, ttl},
    schema::{DEVICES, EXPIRES_AT, PARTITION_KEY, REGISTERED_AT, SORT_KEY, TTL},
    unavailable::failed,
};

/// Rounds until registering gives up. Each lost round means that another registration of the same
/// user went through in between; more than two in a row have to be made on purpose.
const TRIES: usize = 6;

/// The user is there, and so is the device, or room for it.
const HAS_ROOM: &str = "attribute_exists(#devices) \
     AND (attribute_exists(#devices.#id) OR size(#devices) < :max)";

/// Who registers: decides which write is tried first, so that one is nearly always enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registrant {
    /// A user whose id was made for this request.
    New,
    /// A user who has probably registered before.
    Returning,
}

/// Why a device was not registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegisterError {
    /// The user has as many live devices as may be, and this is another one.
    TooManyDevices {
        /// Seconds until the first of them expires, at least 1.
        retry_after: u64,
    },
    /// The device may nevertheless be registered.
    Unavailable(Unavailable),
}

impl Store {
    /// Registers `device`, or registers it again: 1 `PutItem` for a new user, 1 `UpdateItem` for
    /// one who returns. More only if the user is not what `registrant` says, or if there are 20
    /// devices and some have expired. Can be repeated.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn register(
        &self,
        user: UserId,
        registrant: Registrant,
        device: &Device,
        now: UnixMillis,
    ) -> Result<(), RegisterError> {
        let mut next = match registrant {
            Registrant::New => Step::Create,
            Registrant::Returning => Step::Add,
        };
        for _ in 0..TRIES {
            let done = match next {
                Step::Create => self.create_user(user, device).await?,
                Step::Add => self.add_device(user, device).await?,
                Step::Replace(seen) => self.replace_expired(user, device, seen, now).await?,
            };
            match done {
                None => return Ok(()),
                Some(step) => next = step,
            }
        }
        Err(Unavailable::new("register: too many at the same time for one user").into())
    }

    /// The device no longer rings: 1 `UpdateItem`. Nothing happens when it is not registered.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn unregister(&self, user: UserId, device: DeviceId) -> Result<(), Unavailable> {
        let update = self
            .update_devices(user)
            .update_expression("REMOVE #devices.#id")
            .condition_expression("attribute_exists(#devices.#id)")
            .expression_attribute_names("#id", device.to_string());
        self.remove_device(update).await
    }

    /// The device no longer rings because its push service does not know it any more: 1
    /// `UpdateItem`. Nothing happens when it has been registered again since it was read.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn forget_device(&self, user: UserId, device: &Device) -> Result<(), Unavailable> {
        let update = self
            .update_devices(user)
            .update_expression("REMOVE #devices.#id")
            .condition_expression("#devices.#id.#registered_at = :seen")
            .expression_attribute_names("#id", device.id.to_string())
            .expression_attribute_names("#registered_at", REGISTERED_AT)
            .expression_attribute_values(":seen", number(device.registered_at.0));
        self.remove_device(update).await
    }

    async fn create_user(
        &self,
        user: UserId,
        device: &Device,
    ) -> Result<Option<Step>, Unavailable> {
        let map = HashMap::from([(device.id.to_string(), device_entry(device)?)]);
        let content = Item::from([(DEVICES.to_owned(), AttributeValue::M(map))]);
        let item = item(user.to_string(), DEVICES.to_owned(), device.expires_at, content);
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(#pk)")
            .expression_attribute_names("#pk", PARTITION_KEY);
        match put.send().await {
            Ok(_) => Ok(None),
            Err(error) => match error.as_service_error() {
                // Also when the answer to our own first attempt was lost.
                Some(PutItemError::ConditionalCheckFailedException(_)) => Ok(Some(Step::Add)),
                _ => Err(failed("PutItem", &error)),
            },
        }
    }

    async fn add_device(&self, user: UserId, device: &Device) -> Result<Option<Step>, Unavailable> {
        let update = keep_until(self.update_devices(user), device.expires_at)
            .update_expression("SET #devices.#id = :device, #expires_at = :expires_at, #ttl = :ttl")
            .condition_expression(HAS_ROOM)
            .expression_attribute_names("#id", device.id.to_string())
            .expression_attribute_values(":device", device_entry(device)?)
            .expression_attribute_values(":max", number(DEVICES_PER_USER as u64))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match conditional(update).await? {
            Updated::Yes => Ok(None),
            Updated::No(None) => Ok(Some(Step::Create)),
            Updated::No(Some(mut item)) => match item.remove(DEVICES) {
                Some(AttributeValue::M(seen)) => Ok(Some(Step::Replace(seen))),
                _ => Err(Unavailable::new("register: the stored devices are no map")),
            },
        }
    }

    async fn replace_expired(
        &self,
        user: UserId,
        device: &Device,
        seen: Item,
        now: UnixMillis,
    ) -> Result<Option<Step>, RegisterError> {
        let mut live = seen.clone();
        live.retain(|_, entry| entry_expires_at(entry).is_some_and(|end| now.seconds() < end));
        if live.len() >= DEVICES_PER_USER {
            let ends = live.values().filter_map(entry_expires_at);
            let soonest = ends.map(|end| end.since(now.seconds())).min();
            return Err(RegisterError::TooManyDevices { retry_after: soonest.unwrap_or(1) });
        }
        live.insert(device.id.to_string(), device_entry(device)?);
        let update = keep_until(self.update_devices(user), device.expires_at)
            .update_expression("SET #devices = :live, #expires_at = :expires_at, #ttl = :ttl")
            .condition_expression("#devices = :seen")
            .expression_attribute_values(":live", AttributeValue::M(live))
            .expression_attribute_values(":seen", AttributeValue::M(seen));
        match conditional(update).await? {
            Updated::Yes => Ok(None),
            Updated::No(_) => Ok(Some(Step::Add)),
        }
    }

    async fn remove_device(&self, update: UpdateItemFluentBuilder) -> Result<(), Unavailable> {
        // A failed condition means that it is gone already, or is another one by now.
        conditional(update).await.map(|_| ())
    }

    fn update_devices(&self, user: UserId) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.table)
            .key(PARTITION_KEY, AttributeValue::S(user.to_string()))
            .key(SORT_KEY, AttributeValue::S(DEVICES.to_owned()))
            .expression_attribute_names("#devices", DEVICES)
    }
}

/// What to write next.
enum Step {
    /// The first device of a user.
    Create,
    /// A device beside those that are there.
    Add,
    /// The item is full as seen here: a device in the place of those that have expired.
    Replace(Item),
}

/// What came of an update with a condition.
enum Updated {
    Yes,
    /// The condition failed; the item, if there is one and it was asked for.
    No(Option<Item>),
}

async fn conditional(update: UpdateItemFluentBuilder) -> Result<Updated, Unavailable> {
    match update.send().await {
        Ok(_) => Ok(Updated::Yes),
        Err(error) => match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(failure)) => {
                Ok(Updated::No(failure.item.clone()))
            }
            _ => Err(failed("UpdateItem", &error)),
        },
    }
}

/// The whole item counts as long as the device that was registered last: all registrations live
/// equally long, so that one is the last to expire. Should clocks differ, the hour of the TTL
/// covers it, and each device has its own expiry anyway.
fn keep_until(update: UpdateItemFluentBuilder, end: UnixSeconds) -> UpdateItemFluentBuilder {
    update
        .expression_attribute_names("#expires_at", EXPIRES_AT)
        .expression_attribute_names("#ttl", TTL)
        .expression_attribute_values(":expires_at", number(end.get()))
        .expression_attribute_values(":ttl", ttl(end))
}

fn entry_expires_at(entry: &AttributeValue) -> Option<UnixSeconds> {
    entry.as_m().ok().and_then(expires_at)
}

impl fmt::Display for RegisterError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooManyDevices { .. } => formatter.write_str("too many devices"),
            Self::Unavailable(unavailable) => unavailable.fmt(formatter),
        }
    }
}

impl std::error::Error for RegisterError {}

impl From<Unavailable> for RegisterError {
    fn from(unavailable: Unavailable) -> Self {
        Self::Unavailable(unavailable)
    }
}
