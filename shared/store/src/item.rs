//! Items, and the attributes that all of them share.
//!
//! An unknown attribute is ignored, and an entry that can't be read is left out: a release that
//! stores more, or another kind of device, must not stop calls on instances that are not updated.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use loop_core::{UnavailableError, UnixSeconds};
use serde::de::DeserializeOwned;
use serde_dynamo::aws_sdk_dynamodb_1::from_attribute_value;

use crate::schema::{EXPIRES_AT, PARTITION_KEY, SORT_KEY, TTL, TTL_DELAY};

/// An item as the SDK has it.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// Builds the item with the key `pk`, `sk` that counts until `expires_at`, from the rest of it.
pub(crate) fn item(pk: String, sk: String, expires_at: UnixSeconds, content: Item) -> Item {
    let mut item = content;
    item.insert(PARTITION_KEY.to_owned(), AttributeValue::S(pk));
    item.insert(SORT_KEY.to_owned(), AttributeValue::S(sk));
    item.insert(EXPIRES_AT.to_owned(), number(expires_at.get()));
    item.insert(TTL.to_owned(), ttl(expires_at));
    item
}

/// Builds the key `pk`, `sk`.
pub(crate) fn key(pk: String, sk: String) -> Item {
    Item::from([
        (PARTITION_KEY.to_owned(), AttributeValue::S(pk)),
        (SORT_KEY.to_owned(), AttributeValue::S(sk)),
    ])
}

/// Returns when DynamoDB may delete an item that counts until `expires_at`.
pub(crate) fn ttl(expires_at: UnixSeconds) -> AttributeValue {
    number(expires_at.after(TTL_DELAY).get())
}

/// Returns a whole number as an attribute.
pub(crate) fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// Returns the sort key, empty when there is none.
pub(crate) fn sort_key(item: &Item) -> &str {
    item.get(SORT_KEY).and_then(|value| value.as_s().ok()).map_or("", String::as_str)
}

/// Returns the first second at which the item, or the entry of one, no longer counts.
pub(crate) fn expires_at(item: &Item) -> Option<UnixSeconds> {
    attribute(item, EXPIRES_AT)
}

/// Reads one attribute of `item`. `None` when it is not there or can't be read.
pub(crate) fn attribute<T: DeserializeOwned>(item: &Item, name: &str) -> Option<T> {
    from_attribute_value(item.get(name)?.clone()).ok()
}

/// Makes the error for a value that could not be serialized. All values here can be: it never
/// occurs.
pub(crate) fn not_written() -> UnavailableError {
    UnavailableError::new("serde_dynamo: an item could not be written")
}
