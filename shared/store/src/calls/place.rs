//! Placing calls.

use std::time::Duration;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use loop_core::{
    Call, CallId, CallSlot, Metric, PendingCall, UnavailableError, UnixMillis, UnixSeconds, UserId,
};

use crate::{
    CalleeState, Limit, LimitError, PlaceError, PlacedCall, Store,
    calls::{
        callee::{RingingThroughLink, UsedSlot},
        item::{call_content, call_sort_key},
    },
    item::{Item, attribute, expires_at, item, number},
    schema::{CALL_ID, EXPIRES_AT, PARTITION_KEY, VERSION},
    write::Written,
    write_token::{is_written_with, new_write_token},
};

/// The condition that the slot has never been used.
const SLOT_IS_NEW: &str = "attribute_not_exists(#pk)";

/// The condition that the call in the slot has expired, and is the one that was seen there: the
/// history that it has goes into the next one. It is not the call to be placed: a retry of our own
/// put, whose response was lost, must not undo what the call channel has done since.
const SLOT_IS_FREE: &str = "#expires_at <= :now AND #version = :seen AND NOT #call_id = :call_id";

impl Store {
    /// Stores `call` in a slot that is free according to `state`: 1 `PutItem`, and another one for
    /// each slot that another call has taken since.
    ///
    /// All calls of one link try the slots in the same order, so calls at the same time find each
    /// other there, and no more of them ring than may.
    ///
    /// Placing the same call again, while it is stored, is the same as placing it once. The
    /// version is later than those of all calls seen.
    ///
    /// # Errors
    /// [`PlaceError`].
    pub async fn place(
        &self,
        callee: UserId,
        state: &CalleeState,
        call: &Call,
        now: UnixMillis,
    ) -> Result<PlacedCall, PlaceError> {
        if let Some(earlier) = state.placed(call.id, now) {
            return earlier;
        }
        let token = new_write_token()?;
        let (taken, mut free_at): (Vec<CallSlot>, Vec<UnixSeconds>) = state.taken().unzip();
        let mut through_link = RingingThroughLink::of(state, call.url, now);
        let mut latest = state.latest();
        for slot in CallSlot::free(call.url, &taken) {
            if through_link.is_full() {
                let retry_after = through_link.retry_after(now);
                return Err(too_many(Limit::OfLink, retry_after));
            }
            let pending = PendingCall { call: call.clone(), version: slot.version(now, latest) };
            let used = state.used(slot);
            let history = used.map(|used| used.history().recent(now)).unwrap_or_default();
            let content = call_content(&pending, history, token)?;
            let item = item(callee.to_string(), call_sort_key(slot), call.slot_expires_at, content);
            let Written::Refused(found) = self.put_call(item, call.id, used, now).await? else {
                return Ok(self.placed(pending));
            };
            let found = found.unwrap_or_default();
            if attribute(&found, CALL_ID) != Some(call.id) {
                latest = latest.max(attribute(&found, VERSION));
                free_at.extend(expires_at(&found));
                through_link.add(&found, now);
            } else if is_written_with(&found, token) {
                // It is our own first attempt, whose response was lost.
                return Ok(self.placed(pending));
            } else {
                return PlacedCall::earlier(found, now);
            }
        }
        let waits = free_at.into_iter().map(|free_at| free_at.since(now.seconds()));
        Err(too_many(Limit::OfUser, waits.min().unwrap_or_default()))
    }

    /// Counts a call that is stored now.
    fn placed(&self, pending: PendingCall) -> PlacedCall {
        self.counters.add(Metric::CallsPlaced, 1);
        PlacedCall { pending, earlier: None }
    }

    /// Puts a call into a slot, if the slot is still as `used` shows it.
    async fn put_call(
        &self,
        item: Item,
        call: CallId,
        used: Option<&UsedSlot>,
        now: UnixMillis,
    ) -> Result<Written, UnavailableError> {
        let put = self
            .put(item)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let put = match used {
            None => put
                .condition_expression(SLOT_IS_NEW)
                .expression_attribute_names("#pk", PARTITION_KEY),
            Some(used) => put
                .condition_expression(SLOT_IS_FREE)
                .expression_attribute_names("#expires_at", EXPIRES_AT)
                .expression_attribute_names("#version", VERSION)
                .expression_attribute_names("#call_id", CALL_ID)
                .expression_attribute_values(":now", number(now.seconds().get()))
                .expression_attribute_values(":seen", number(used.version.map_or(0, |it| it.get())))
                .expression_attribute_values(":call_id", AttributeValue::S(call.to_string())),
        };
        self.put_if(put).await
    }
}

fn too_many(limit: Limit, retry_after: Duration) -> PlaceError {
    LimitError::TooMany { limit, retry_after }.into()
}
