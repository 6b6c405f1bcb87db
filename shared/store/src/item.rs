//! How items are made, and what all of them share.
//!
//! An attribute that is not known is ignored, and what can't be read is left out: a release that
//! stores more, or another kind of device, must not stop calls on instances that are not updated.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use loop_core::{UnavailableError, UnixSeconds};
use serde::de::DeserializeOwned;
use serde_dynamo::aws_sdk_dynamodb_1::from_attribute_value;

use crate::schema::{EXPIRES_AT, PARTITION_KEY, SORT_KEY, TTL, TTL_DELAY};

/// An item as the SDK has it.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// The item `pk`, `sk` that counts until `expires_at`; `content` is the rest of it.
pub(crate) fn item(pk: String, sk: String, expires_at: UnixSeconds, content: Item) -> Item {
    let mut item = content;
    item.insert(PARTITION_KEY.to_owned(), AttributeValue::S(pk));
    item.insert(SORT_KEY.to_owned(), AttributeValue::S(sk));
    item.insert(EXPIRES_AT.to_owned(), number(expires_at.get()));
    item.insert(TTL.to_owned(), ttl(expires_at));
    item
}

/// The key of the item `pk`, `sk`.
pub(crate) fn key(pk: String, sk: String) -> Item {
    Item::from([
        (PARTITION_KEY.to_owned(), AttributeValue::S(pk)),
        (SORT_KEY.to_owned(), AttributeValue::S(sk)),
    ])
}

/// When DynamoDB may delete what counts until `expires_at`.
pub(crate) fn ttl(expires_at: UnixSeconds) -> AttributeValue {
    number(expires_at.after(TTL_DELAY).get())
}

/// A whole number.
pub(crate) fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// The sort key, or nothing when there is none.
pub(crate) fn sort_key(item: &Item) -> &str {
    item.get(SORT_KEY).and_then(|value| value.as_s().ok()).map_or("", String::as_str)
}

/// Until when the item, or an entry in it, counts.
pub(crate) fn expires_at(item: &Item) -> Option<UnixSeconds> {
    attribute(item, EXPIRES_AT)
}

/// One attribute of `item`, if it is there and can be read.
pub(crate) fn attribute<T: DeserializeOwned>(item: &Item, name: &str) -> Option<T> {
    from_attribute_value(item.get(name)?.clone()).ok()
}

/// What is written here is always an item; this is for the types.
pub(crate) fn not_written() -> UnavailableError {
    UnavailableError::new("serde_dynamo: an item could not be written")
}
