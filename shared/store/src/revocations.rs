//! Revoking call URLs.
//!
//! All revocations of a user are texts in one set, so that one write both adds one and sees how
//! many there are. [`RevokedUrls`] makes room in a set that is full.

use aws_sdk_dynamodb::{
    operation::update_item::builders::UpdateItemFluentBuilder,
    types::{AttributeValue, ReturnValuesOnConditionCheckFailure},
};
use loop_core::{
    RevokedUrls, UnavailableError, UnixMillis, UnixSeconds, UrlId, UserId,
    limits::{CALL_URL_LIFETIME_MAX, REVOKED_URLS_PER_USER},
};

use crate::{
    Store,
    container::{self, KEEP, keep_until},
    item::{Item, key, number},
    schema::{REVOKED, TTL_DELAY},
    write::Written,
};

/// The condition that the set has room for a revocation, or has it already.
const HAS_ROOM: &str =
    "attribute_not_exists(#revoked) OR size(#revoked) < :max OR contains(#revoked, :url)";

/// The number of rounds after which revoking gives up. Each lost round means that another
/// revocation of the same user went through in between.
const TRIES: usize = 6;

impl Store {
    /// Revokes `url`, so that it does not ring any more: 1 `UpdateItem`, which can be repeated.
    /// Another one where the user has revoked as many as fit, and one more for each revocation of
    /// that user that overtakes it.
    ///
    /// The call URL itself expires at `until`; after that the revocation is not needed.
    ///
    /// # Errors
    /// [`UnavailableError`]: the call URL may nevertheless be revoked.
    pub async fn revoke(
        &self,
        callee: UserId,
        url: UrlId,
        until: UnixSeconds,
        now: UnixMillis,
    ) -> Result<(), UnavailableError> {
        let entry = RevokedUrls::text(url, until);
        let add = self
            .update_revoked(callee, until, now)
            .update_expression(format!("ADD #revoked :added SET {KEEP}"))
            .condition_expression(HAS_ROOM)
            .expression_attribute_values(":added", AttributeValue::Ss(vec![entry.clone()]))
            .expression_attribute_values(":url", AttributeValue::S(entry))
            .expression_attribute_values(":max", number(REVOKED_URLS_PER_USER as u64));
        let mut written = self.update_if(add).await?;
        for _ in 0..TRIES {
            let Written::Refused(full) = written else { return Ok(()) };
            let full = full.unwrap_or_default();
            written = self.revise(callee, full, (url, until), now).await?;
        }
        Err(UnavailableError::new("revoke: too many at the same time for one user"))
    }

    /// Replaces the set in `full` by one with `url` and fewer others, if it is still the stored
    /// one.
    async fn revise(
        &self,
        callee: UserId,
        full: Item,
        (url, until): (UrlId, UnixSeconds),
        now: UnixMillis,
    ) -> Result<Written, UnavailableError> {
        let seen = full.get(REVOKED).and_then(|texts| texts.as_ss().ok());
        let seen = seen.ok_or_else(|| UnavailableError::new("revoke: the stored set is none"))?;
        let list = RevokedUrls::from_texts(seen.iter().map(String::as_str));
        // For an instance whose clock is behind, a revocation may count that has ended here.
        let ended = now.seconds().before(TTL_DELAY);
        let revised_list = list.with(url, until, ended).texts();
        let update = self
            .update_revoked(callee, until, now)
            .update_expression(format!("SET #revoked = :revised, {KEEP}"))
            .condition_expression("#revoked = :seen")
            .expression_attribute_values(":revised", AttributeValue::Ss(revised_list))
            .expression_attribute_values(":seen", AttributeValue::Ss(seen.clone()));
        self.update_if(update).await
    }

    fn update_revoked(
        &self,
        callee: UserId,
        until: UnixSeconds,
        now: UnixMillis,
    ) -> UpdateItemFluentBuilder {
        let end = container::expires_at(now.seconds(), CALL_URL_LIFETIME_MAX, until);
        let update = self
            .update(key(callee.to_string(), REVOKED.to_owned()))
            .expression_attribute_names("#revoked", REVOKED);
        keep_until(update, end)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }

    /// Returns whether `url`, which was made at `made_at`, is revoked by now: 1 `GetItem`, strongly
    /// consistent. A request that has placed a call through it asks this, because the revocation
    /// may have been written after the callee's state was read.
    ///
    /// # Errors
    /// [`UnavailableError`].
    pub async fn is_revoked(
        &self,
        callee: UserId,
        url: UrlId,
        made_at: Option<UnixSeconds>,
    ) -> Result<bool, UnavailableError> {
        let found = self.get(key(callee.to_string(), REVOKED.to_owned())).await?;
        Ok(found.is_some_and(|item| is_revoked(&item, url, made_at)))
    }
}

/// Returns whether `item`, which holds all revocations of a user, has one of `url`, which was made
/// at `made_at`. Its expiry does not matter: when a revocation expires, so does the call URL. An
/// item that can't be read revokes all.
pub(crate) fn is_revoked(item: &Item, url: UrlId, made_at: Option<UnixSeconds>) -> bool {
    let Some(texts) = item.get(REVOKED) else { return false };
    let Ok(texts) = texts.as_ss() else { return true };
    RevokedUrls::from_texts(texts.iter().map(String::as_str)).is_revoked(url, made_at)
}
