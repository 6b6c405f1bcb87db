//! Items that hold many entries, each with an expiry of its own: devices and revocations.

use std::time::Duration;

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use loop_core::UnixSeconds;

use crate::{
    item::{number, ttl},
    schema::{EXPIRES_AT, TTL, TTL_DELAY},
};

/// The assignments that every update of such an item makes, for the names and values of
/// [`keep_until`].
pub(crate) const KEEP: &str = "#expires_at = :expires_at, #ttl = :ttl";

/// Returns the expiry of an item into which an entry that expires at `entry` is written at `now`:
/// that of an entry with the `longest` lifetime. So the item outlives the entries that it holds
/// already, which the writer does not know, and its expiry is never that of the newest of them.
pub(crate) fn expires_at(now: UnixSeconds, longest: Duration, entry: UnixSeconds) -> UnixSeconds {
    now.after(longest).max(entry)
}

/// Adds the names and values of [`KEEP`], so that the item counts until `end`.
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

/// Returns when an entry that expires at `end` may be removed to make room: when DynamoDB might
/// delete it, were it an item. Before that it may still count for an instance whose clock is
/// behind.
pub(crate) fn removable_at(end: UnixSeconds) -> UnixSeconds {
    end.after(TTL_DELAY)
}
