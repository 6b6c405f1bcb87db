//! Placing calls and listing them.

use std::fmt;

use aws_sdk_dynamodb::{
    operation::put_item::PutItemError,
    types::{AttributeValue, ReturnValuesOnConditionCheckFailure},
};
use loop_core::{
    Call, CallSlot, CallVersion, PendingCall, Unavailable, UnixMillis, UnixSeconds, UserId,
};

use crate::{
    CalleeState, Store,
    items::{
        Item, attribute, call_content, call_sort_key, expires_at, is_ringing, item, number,
        pending_call,
    },
    schema::{CALL_ID, CALL_PREFIX, EXPIRES_AT, PARTITION_KEY, VERSION},
    unavailable::failed,
};

/// Nobody's, or the time of the call there is over. A repeat of our own put, whose answer was
/// lost, must not take back what the call channel has made of the call since.
const SLOT_IS_FREE: &str =
    "attribute_not_exists(#pk) OR (#expires_at <= :now AND NOT #call_id = :call_id)";

/// Why a call was not placed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlaceError {
    /// As many calls ring this callee as may.
    TooManyCalls {
        /// Seconds until the first of them has rung out, at least 1.
        retry_after: u64,
    },
    /// The call may nevertheless be stored; then it rings out unanswered.
    Unavailable(Unavailable),
}

impl Store {
    /// Stores `call` in a slot that `state` says is free: 1 `PutItem`, and another one for each
    /// slot that somebody else has taken since.
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
    ) -> Result<PendingCall, PlaceError> {
        let taken: Vec<CallSlot> = state.taken.iter().map(|(slot, _)| *slot).collect();
        let mut free_at: Vec<UnixSeconds> =
            state.taken.iter().map(|(_, free_at)| *free_at).collect();
        let mut latest = state.latest;
        for slot in CallSlot::free(call.id, &taken) {
            let version = slot.version(now, latest);
            let pending = PendingCall { call: call.clone(), version };
            match self.put_call(callee, slot, &pending, now).await? {
                Placed::Here => return Ok(pending),
                Placed::Not(other) => {
                    latest = latest.max(attribute(&other, VERSION));
                    free_at.extend(expires_at(&other));
                }
            }
        }
        let waits = free_at.into_iter().map(|free_at| free_at.since(now.seconds()).max(1));
        Err(PlaceError::TooManyCalls { retry_after: waits.min().unwrap_or(1) })
    }

    /// The calls that ring a callee, the oldest version first: 1 `Query`, strongly consistent.
    /// With `since`, only those of that version and later.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn pending_calls(
        &self,
        callee: UserId,
        since: Option<CallVersion>,
        now: UnixMillis,
    ) -> Result<Vec<PendingCall>, Unavailable> {
        let items = self.query(callee, Some(CALL_PREFIX)).await?;
        let ringing = items.into_iter().filter(|item| is_ringing(item, now));
        let calls = ringing.filter_map(pending_call);
        let mut calls: Vec<PendingCall> = calls
            .filter(|pending| now.seconds() < pending.call.expires_at)
            .filter(|pending| since.is_none_or(|since| since <= pending.version))
            .collect();
        calls.sort_unstable_by_key(|pending| pending.version);
        Ok(calls)
    }

    async fn put_call(
        &self,
        callee: UserId,
        slot: CallSlot,
        pending: &PendingCall,
        now: UnixMillis,
    ) -> Result<Placed, Unavailable> {
        let call = &pending.call;
        let content = call_content(pending)?;
        let item = item(callee.to_string(), call_sort_key(slot), call.expires_at, content);
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression(SLOT_IS_FREE)
            .expression_attribute_names("#pk", PARTITION_KEY)
            .expression_attribute_names("#expires_at", EXPIRES_AT)
            .expression_attribute_names("#call_id", CALL_ID)
            .expression_attribute_values(":now", number(now.seconds().get()))
            .expression_attribute_values(":call_id", AttributeValue::S(call.id.to_string()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match put.send().await {
            Ok(_) => Ok(Placed::Here),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(failure)) => {
                    let item = failure.item.clone().unwrap_or_default();
                    let is_ours = attribute(&item, CALL_ID) == Some(call.id);
                    Ok(if is_ours { Placed::Here } else { Placed::Not(item) })
                }
                _ => Err(failed("PutItem", &error)),
            },
        }
    }
}

/// What came of trying one slot.
enum Placed {
    Here,
    /// This item is there.
    Not(Item),
}

impl fmt::Display for PlaceError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooManyCalls { .. } => formatter.write_str("too many pending calls"),
            Self::Unavailable(unavailable) => unavailable.fmt(formatter),
        }
    }
}

impl std::error::Error for PlaceError {}

impl From<Unavailable> for PlaceError {
    fn from(unavailable: Unavailable) -> Self {
        Self::Unavailable(unavailable)
    }
}
