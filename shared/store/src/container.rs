//! Items that hold many entries, each with an expiry of its own: devices and revocations.

use std::time::Duration;

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use loop_core::UnixSeconds;

use crate::{
    item::{number, ttl},
    schema::{EXPIRES_AT, TTL, TTL_DELAY},
};

/// What an update of such an item has to set, with the names and values of [`keep_until`].
pub(crate) const KEEP: &str = "#expires_at = :expires_at, #ttl = :ttl";

/// Until when the item counts, if `entry`, an end of one, is written at `now`: as long as an entry
/// of the longest life that there is, `longest`, would. So it outlives also those that it
/// holds already, of which the writer knows nothing, and never follows the newest of them.
pub(crate) fn expires_at(now: UnixSeconds, longest: Duration, entry: UnixSeconds) -> UnixSeconds {
    now.after(longest).max(entry)
}

/// The names and values of [`KEEP`].
pub(crate) fn keep_until(
    update: UpdateItemFluentBuilder,
    end: UnixSeconds,
) -> UpdateItemFluentBuilder {
    update
        .expression_attribute_names("#expires_at", EXPIRES_AT)
        .expression_attribute_names("#ttl", TTL)
        .expression_attribute_values(":expires_at", number(end.get()))
        .expression_attribute_values(":ttl", ttl(end))
}

/// When an entry that ends at `end` may be taken out to make room: when DynamoDB might delete it,
/// were it an item. Before that it may still count for an instance whose clock is behind.
pub(crate) fn removable_at(end: UnixSeconds) -> UnixSeconds {
    end.after(TTL_DELAY)
}
