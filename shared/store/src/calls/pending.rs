//! Listing the calls that ring.

use std::collections::BTreeSet;

use loop_core::{CallId, CallVersion, PendingCall, UnavailableError, UnixMillis, UserId};

use crate::{
    Store,
    calls::item::{is_ringing, pending_call},
    item::attribute,
    schema::{CALL_ID, CALL_PREFIX},
};

impl Store {
    /// Lists the calls that ring a callee, the oldest version first: 1 `Query`, strongly
    /// consistent. With `since`, only those of that version and later.
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
        // The call channel goes on with the first one.
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
}
