//! Placing calls and listing them.

use std::{collections::BTreeSet, fmt};

use aws_sdk_dynamodb::{
    operation::{put_item::PutItemError, update_item::UpdateItemError},
    types::{AttributeValue, ReturnValuesOnConditionCheckFailure},
};
use loop_core::{
    Call, CallId, CallSlot, CallVersion, PendingCall, Unavailable, UnixMillis, UnixSeconds, UserId,
};

use crate::{
    CalleeState, Store,
    callee::UsedSlot,
    items::{
        Item, attribute, call_content, call_key, call_slot, call_sort_key, expires_at, is_ringing,
        item, number, pending_call,
    },
    mark::{is_marked, new_mark},
    schema::{CALL_ID, CALL_PREFIX, EXPIRES_AT, PARTITION_KEY, RUNG_AGAIN, VERSION},
    unavailable::failed,
};

/// Nobody's yet.
const SLOT_IS_NEW: &str = "attribute_not_exists(#pk)";

/// The time of the call there is over, and it is the one that was seen there: what it remembers of
/// the calls before it goes into the next one. A repeat of our own put, whose answer was lost, must
/// not take back what the call channel has made of the call since.
const SLOT_IS_FREE: &str = "#expires_at <= :now AND #version = :seen AND NOT #call_id = :call_id";

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
    /// Nobody has taken it yet, and its time is not over.
    pub is_ringing: bool,
    slot: CallSlot,
}

impl PlacedCall {
    /// The call that an earlier request has left in `item`, if it can be read.
    pub(crate) fn earlier(item: Item, now: UnixMillis) -> Option<Self> {
        let slot = call_slot(&item)?;
        let is_ringing = is_ringing(&item, now);
        let pending = pending_call(item)?;
        let is_ringing = is_ringing && now.seconds() < pending.call.expires_at;
        Some(Self { pending, earlier: Some(Earlier { is_ringing, slot }) })
    }
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
    ) -> Result<PlacedCall, PlaceError> {
        if let Some(earlier) = state.placed(call.id, now) {
            return Ok(earlier);
        }
        let mark = new_mark()?;
        let (taken, mut free_at): (Vec<CallSlot>, Vec<UnixSeconds>) = state.taken().unzip();
        let mut latest = state.latest();
        for slot in CallSlot::free(call.id, &taken) {
            let pending = PendingCall { call: call.clone(), version: slot.version(now, latest) };
            let used = state.used(slot);
            let history = used.map(|used| used.history().recent(now)).unwrap_or_default();
            let content = call_content(&pending, history, mark)?;
            let item = item(callee.to_string(), call_sort_key(slot), call.expires_at, content);
            let Some(found) = self.put_call(item, call.id, used, now).await? else {
                return Ok(PlacedCall { pending, earlier: None });
            };
            if attribute(&found, CALL_ID) != Some(call.id) {
                latest = latest.max(attribute(&found, VERSION));
                free_at.extend(expires_at(&found));
            } else if is_marked(&found, mark) {
                // Our own first attempt, whose answer was lost.
                return Ok(PlacedCall { pending, earlier: None });
            } else {
                let earlier = PlacedCall::earlier(found, now);
                return Ok(earlier.ok_or_else(|| Unavailable::new("place: an unreadable call"))?);
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
        let mut items = self.query(callee, Some(CALL_PREFIX)).await?;
        // Two repeats of one request, at the same moment, may each have found another slot free.
        // The first is the one that the call channel goes on with.
        let mut seen = BTreeSet::new();
        items.retain(|item| attribute(item, CALL_ID).is_none_or(|id: CallId| seen.insert(id)));
        let ringing = items.into_iter().filter(|item| is_ringing(item, now));
        let calls = ringing.filter_map(pending_call);
        let mut calls: Vec<PendingCall> = calls
            .filter(|pending| now.seconds() < pending.call.expires_at)
            .filter(|pending| since.is_none_or(|since| since <= pending.version))
            .collect();
        calls.sort_unstable_by_key(|pending| pending.version);
        Ok(calls)
    }

    /// Allows one more ring of a call that an earlier request has placed, to whoever asks first: 1
    /// `UpdateItem`. `false` when somebody has asked before.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn ring_again(
        &self,
        callee: UserId,
        call: CallId,
        earlier: Earlier,
    ) -> Result<bool, Unavailable> {
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(call_key(callee, earlier.slot)))
            .update_expression("SET #rung_again = :true")
            .condition_expression("#call_id = :call_id AND attribute_not_exists(#rung_again)")
            .expression_attribute_names("#rung_again", RUNG_AGAIN)
            .expression_attribute_names("#call_id", CALL_ID)
            .expression_attribute_values(":true", AttributeValue::Bool(true))
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
    ) -> Result<Option<Item>, Unavailable> {
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
                .expression_attribute_values(":seen", number(used.version.map_or(0, |it| it.0)))
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
