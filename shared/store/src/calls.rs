//! Placing calls and listing them.

use std::{collections::BTreeSet, fmt, time::Duration};

use aws_sdk_dynamodb::{
    operation::{put_item::PutItemError, update_item::UpdateItemError},
    types::{AttributeValue, ReturnValuesOnConditionCheckFailure},
};
use loop_core::{
    Call, CallId, CallSlot, CallVersion, PendingCall, UnavailableError, UnixMillis, UnixSeconds,
    UserId,
};

use crate::{
    CalleeState, Store,
    callee::{RingingThroughLink, UsedSlot},
    items::{
        Item, attribute, call_content, call_key, call_slot, call_sort_key, expires_at, is_over,
        is_ringing, item, number, pending_call,
    },
    schema::{CALL_ID, CALL_PREFIX, EXPIRES_AT, PARTITION_KEY, RUNG_AGAIN, VERSION},
    unavailable::failed,
    write_token::{is_written_with, new_write_token},
};

/// Nobody's yet.
const SLOT_IS_NEW: &str = "attribute_not_exists(#pk)";

/// The time of the call there is over, and it is the one that was seen there: what it remembers of
/// the calls before it goes into the next one. A repeat of our own put, whose answer was lost, must
/// not take back what the call channel has made of the call since.
const SLOT_IS_FREE: &str = "#expires_at <= :now AND #version = :seen AND NOT #call_id = :call_id";

/// The call is still that one and not over, and nobody else has rung it again.
const MAY_RING_AGAIN: &str = "#call_id = :call_id AND #expires_at > :now \
     AND (attribute_not_exists(#rung_again) OR #rung_again = :write_token)";

/// Why a call was not placed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlaceError {
    /// As many calls ring this callee as may.
    TooManyCalls {
        /// The time until the first of them has rung out.
        retry_after: Duration,
    },
    /// As many calls ring through this link as may.
    TooManyThroughLink {
        /// The time until the first of them has rung out.
        retry_after: Duration,
    },
    /// An earlier request has placed it, and it is over: nothing is left of it to answer with.
    Over,
    /// The call may nevertheless be stored; then it rings out unanswered.
    Unavailable(UnavailableError),
}

/// A call that is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedCall {
    /// The call as it is stored.
    pub pending: PendingCall,
    /// What became of it since an earlier request has placed it, which this one repeats. `None` for
    /// a call that this request has placed.
    pub earlier: Option<Earlier>,
}

/// What became of a call that an earlier request has placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Earlier {
    /// Nobody has taken it yet.
    pub is_ringing: bool,
    slot: CallSlot,
}

impl PlacedCall {
    /// The call that an earlier request has left in `item`.
    pub(crate) fn earlier(item: Item, now: UnixMillis) -> Result<Self, PlaceError> {
        if is_over(&item, now) {
            return Err(PlaceError::Over);
        }
        let is_ringing = is_ringing(&item, now);
        let earlier = call_slot(&item).map(|slot| Earlier { is_ringing, slot });
        let pending = pending_call(item).filter(|_| earlier.is_some());
        let pending = pending.ok_or_else(|| UnavailableError::new("place: an unreadable call"))?;
        Ok(Self { pending, earlier })
    }
}

impl Store {
    /// Stores `call` in a slot that `state` says is free: 1 `PutItem`, and another one for each
    /// slot that somebody else has taken since.
    ///
    /// All calls of one link try the slots in the same order, so whoever comes at the same time
    /// finds the others there, and no more ring than may.
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
                return Err(PlaceError::TooManyThroughLink { retry_after });
            }
            let pending = PendingCall { call: call.clone(), version: slot.version(now, latest) };
            let used = state.used(slot);
            let history = used.map(|used| used.history().recent(now)).unwrap_or_default();
            let content = call_content(&pending, history, token)?;
            let item = item(callee.to_string(), call_sort_key(slot), call.slot_expires_at, content);
            let Some(found) = self.put_call(item, call.id, used, now).await? else {
                return Ok(PlacedCall { pending, earlier: None });
            };
            if attribute(&found, CALL_ID) != Some(call.id) {
                latest = latest.max(attribute(&found, VERSION));
                free_at.extend(expires_at(&found));
                through_link.add(&found, now);
            } else if is_written_with(&found, token) {
                // Our own first attempt, whose answer was lost.
                return Ok(PlacedCall { pending, earlier: None });
            } else {
                return PlacedCall::earlier(found, now);
            }
        }
        let waits = free_at.into_iter().map(|free_at| free_at.since(now.seconds()));
        Err(PlaceError::TooManyCalls { retry_after: waits.min().unwrap_or_default() })
    }

    /// The calls that ring a callee, the oldest version first: 1 `Query`, strongly consistent.
    /// With `since`, only those of that version and later.
    ///
    /// # Errors
    /// [`UnavailableError`].
    pub async fn pending_calls(
        &self,
        callee: UserId,
        since: Option<CallVersion>,
        now: UnixMillis,
    ) -> Result<Vec<PendingCall>, UnavailableError> {
        let mut items = self.query(callee, Some(CALL_PREFIX)).await?;
        // Two repeats of one request, at the same moment, may each have found another slot free.
        // The first is the one that the call channel goes on with.
        let mut seen = BTreeSet::new();
        items.retain(|item| attribute(item, CALL_ID).is_none_or(|id: CallId| seen.insert(id)));
        let ringing = items.into_iter().filter(|item| is_ringing(item, now));
        let calls = ringing.filter_map(pending_call);
        let mut calls: Vec<PendingCall> = calls
            .filter(|pending| now.seconds() < pending.call.slot_expires_at)
            .filter(|pending| since.is_none_or(|since| since <= pending.version))
            .collect();
        calls.sort_unstable_by_key(|pending| pending.version);
        Ok(calls)
    }

    /// Allows one more ring of a call that an earlier request has placed, to whoever asks first: 1
    /// `UpdateItem`. `false` when somebody has asked before, or when the call is over. An attempt
    /// that was repeated because its answer was lost is allowed what it was allowed before.
    ///
    /// # Errors
    /// [`UnavailableError`].
    pub async fn ring_again(
        &self,
        callee: UserId,
        call: CallId,
        earlier: Earlier,
        now: UnixMillis,
    ) -> Result<bool, UnavailableError> {
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(call_key(callee, earlier.slot)))
            .update_expression("SET #rung_again = :write_token")
            .condition_expression(MAY_RING_AGAIN)
            .expression_attribute_names("#rung_again", RUNG_AGAIN)
            .expression_attribute_names("#call_id", CALL_ID)
            .expression_attribute_names("#expires_at", EXPIRES_AT)
            .expression_attribute_values(":write_token", number(new_write_token()?))
            .expression_attribute_values(":now", number(now.seconds().get()))
            .expression_attribute_values(":call_id", AttributeValue::S(call.to_string()));
        match update.send().await {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(false),
                _ => Err(failed("UpdateItem", &error)),
            },
        }
    }

    /// `None` when it is done, else the item that is there.
    async fn put_call(
        &self,
        item: Item,
        call: CallId,
        used: Option<&UsedSlot>,
        now: UnixMillis,
    ) -> Result<Option<Item>, UnavailableError> {
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
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
        match put.send().await {
            Ok(_) => Ok(None),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(failure)) => {
                    Ok(Some(failure.item.clone().unwrap_or_default()))
                }
                _ => Err(failed("PutItem", &error)),
            },
        }
    }
}

impl fmt::Display for PlaceError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooManyCalls { .. } => formatter.write_str("too many pending calls"),
            Self::TooManyThroughLink { .. } => {
                formatter.write_str("too many pending calls through this link")
            }
            Self::Over => formatter.write_str("the call is over"),
            Self::Unavailable(unavailable) => unavailable.fmt(formatter),
        }
    }
}

impl std::error::Error for PlaceError {}

impl From<UnavailableError> for PlaceError {
    fn from(unavailable: UnavailableError) -> Self {
        Self::Unavailable(unavailable)
    }
}
