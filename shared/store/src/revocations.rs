//! Revoking call URLs.
//!
//! All revocations of a user are texts in one set, so that one write both adds one and sees how
//! many there are.

use std::fmt;

use aws_sdk_dynamodb::{
    operation::update_item::{UpdateItemError, builders::UpdateItemFluentBuilder},
    types::{AttributeValue, ReturnValuesOnConditionCheckFailure},
};
use loop_core::{
    Unavailable, UnixMillis, UnixSeconds, UrlId, UserId,
    limits::{CALL_URL_SECONDS_MAX, REVOKED_URLS_PER_USER},
};

use crate::{
    Store,
    container::{self, KEEP, keep_until},
    items::{Item, key, number},
    schema::REVOKED,
    unavailable::failed,
};

/// There is room, or it is there already.
const HAS_ROOM: &str =
    "attribute_not_exists(#revoked) OR size(#revoked) < :max OR contains(#revoked, :url)";

/// Why a call URL was not revoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RevokeError {
    /// The user has revoked as many call URLs as may be, and none of them has expired.
    TooManyRevoked {
        /// Seconds until the first of them expires, at least 1.
        retry_after: u64,
    },
    /// The call URL may nevertheless be revoked.
    Unavailable(Unavailable),
}

impl Store {
    /// From now on `url` does not ring: 1 `UpdateItem`, which can be repeated. Two more where the
    /// user has revoked as many as may be, and some of them have expired.
    ///
    /// `until` is when the call URL itself expires; after that the revocation is not needed.
    ///
    /// # Errors
    /// [`RevokeError`].
    pub async fn revoke(
        &self,
        callee: UserId,
        url: UrlId,
        until: UnixSeconds,
        now: UnixMillis,
    ) -> Result<(), RevokeError> {
        let Some(full) = self.add_revocation(callee, url, until, now).await? else {
            return Ok(());
        };
        let expired = expired_entries(&full, now)?;
        self.remove_revocations(callee, expired).await?;
        match self.add_revocation(callee, url, until, now).await? {
            None => Ok(()),
            Some(_) => Err(Unavailable::new("revoke: too many at the same time").into()),
        }
    }

    /// The item when it is full, `None` when it is done.
    async fn add_revocation(
        &self,
        callee: UserId,
        url: UrlId,
        until: UnixSeconds,
        now: UnixMillis,
    ) -> Result<Option<Item>, Unavailable> {
        let entry = format!("{url} {}", until.get());
        let end = container::expires_at(now.seconds(), CALL_URL_SECONDS_MAX, until);
        let update = keep_until(self.update_revoked(callee), end)
            .update_expression(format!("ADD #revoked :added SET {KEEP}"))
            .condition_expression(HAS_ROOM)
            .expression_attribute_values(":added", AttributeValue::Ss(vec![entry.clone()]))
            .expression_attribute_values(":url", AttributeValue::S(entry))
            .expression_attribute_values(":max", number(REVOKED_URLS_PER_USER as u64))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match update.send().await {
            Ok(_) => Ok(None),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(failure)) => {
                    Ok(Some(failure.item.clone().unwrap_or_default()))
                }
                _ => Err(failed("UpdateItem", &error)),
            },
        }
    }

    async fn remove_revocations(
        &self,
        callee: UserId,
        entries: Vec<String>,
    ) -> Result<(), Unavailable> {
        let update = self
            .update_revoked(callee)
            .update_expression("DELETE #revoked :removed")
            .expression_attribute_values(":removed", AttributeValue::Ss(entries));
        update.send().await.map_err(|error| failed("UpdateItem", &error))?;
        Ok(())
    }

    fn update_revoked(&self, callee: UserId) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key(callee.to_string(), REVOKED.to_owned())))
            .expression_attribute_names("#revoked", REVOKED)
    }
}

/// Whether `item`, which holds all revocations of a user, has one of `url`. Its time does not
/// matter: when that is over, so is the call URL's own. An item that can't be read revokes all.
pub(crate) fn is_revoked(item: &Item, url: UrlId) -> bool {
    let Some(entries) = item.get(REVOKED) else { return false };
    let Ok(entries) = entries.as_ss() else { return true };
    let url = url.to_string();
    entries.iter().any(|entry| entry.split(' ').next() == Some(&url))
}

/// What can be taken out of a full set, at least one.
fn expired_entries(full: &Item, now: UnixMillis) -> Result<Vec<String>, RevokeError> {
    let entries = full.get(REVOKED).and_then(|entries| entries.as_ss().ok());
    let (expired, live): (Vec<_>, Vec<_>) = entries
        .into_iter()
        .flatten()
        .map(|entry| (entry, entry_expires_at(entry)))
        .partition(|(_, end)| end.is_some_and(|end| end <= now.seconds()));
    if expired.is_empty() {
        let ends = live.into_iter().filter_map(|(_, end)| end);
        let soonest = ends.map(|end| end.since(now.seconds())).min();
        return Err(RevokeError::TooManyRevoked { retry_after: soonest.unwrap_or(1) });
    }
    Ok(expired.into_iter().map(|(entry, _)| entry.clone()).collect())
}

fn entry_expires_at(entry: &str) -> Option<UnixSeconds> {
    let (_, seconds) = entry.split_once(' ')?;
    UnixSeconds::try_from(seconds.parse::<u64>().ok()?).ok()
}

impl fmt::Display for RevokeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooManyRevoked { .. } => formatter.write_str("too many revoked call URLs"),
            Self::Unavailable(unavailable) => unavailable.fmt(formatter),
        }
    }
}

impl std::error::Error for RevokeError {}

impl From<Unavailable> for RevokeError {
    fn from(unavailable: Unavailable) -> Self {
        Self::Unavailable(unavailable)
    }
}
