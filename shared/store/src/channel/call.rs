//! A call as the call channel sees it.

use loop_core::{
    CallId, CallSlot, Participant, UnavailableError, UnixMillis, UnixSeconds, UserId,
    progress::{CallState, Progress, Role},
};
use serde::Deserialize;
use serde_dynamo::aws_sdk_dynamodb_1::from_item;

use crate::{
    Binding, Store,
    calls::{call_key, call_slot},
    item::Item,
    schema::{CALL_PREFIX, TTL_DELAY},
};

/// A call as it was read: its progress, and the revision that is the condition of the next write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelCall {
    /// The user who is called.
    pub callee: UserId,
    /// The id of the call.
    pub call: CallId,
    /// The slot in which it is stored.
    pub slot: CallSlot,
    /// The progress of the call.
    pub progress: Progress,
    /// The number of changes of the progress. Each change is written under the condition that this
    /// is still the number.
    pub revision: u64,
    /// The first second at which it no longer has its slot.
    pub(super) expires_at: UnixSeconds,
    /// The write tokens of the last writes, the latest first.
    pub(super) write_tokens: Vec<u64>,
}

impl ChannelCall {
    /// Returns the binding for a connection of `role`.
    pub fn binding(&self, role: Role) -> Binding {
        Binding { callee: self.callee, call: self.call, slot: self.slot, role }
    }

    /// Reads the call that an item of `callee` holds. `None` when it can't be read, or is gone at
    /// `now`.
    pub(super) fn read(callee: UserId, item: Item, now: UnixMillis) -> Option<Self> {
        let slot = call_slot(&item)?;
        let item: ChannelItem = from_item(item).ok()?;
        let call = Self {
            callee,
            call: item.call_id,
            slot,
            progress: item.progress,
            revision: item.revision,
            expires_at: item.expires_at,
            write_tokens: item.write_tokens,
        };
        call.is_there(now).then_some(call)
    }

    /// Returns whether the call can still be found. One that is over has given up its slot, but a
    /// late connection still learns why it is over, until another call takes the slot.
    fn is_there(&self, now: UnixMillis) -> bool {
        let end = match self.progress.state() {
            CallState::Terminated => self.expires_at.after(TTL_DELAY),
            _ => self.expires_at,
        };
        now.seconds() < end
    }
}

impl Store {
    /// Finds the call that `participant` takes part in: 1 `Query`, strongly consistent. `None` when
    /// it is gone: it has expired, or another call has taken its slot.
    ///
    /// # Errors
    /// [`UnavailableError`].
    pub async fn find_call(
        &self,
        participant: &Participant,
        now: UnixMillis,
    ) -> Result<Option<ChannelCall>, UnavailableError> {
        let items = self.query(participant.callee, Some(CALL_PREFIX)).await?;
        let mut calls =
            items.into_iter().filter_map(|item| ChannelCall::read(participant.callee, item, now));
        Ok(calls.find(|call| call.call == participant.call))
    }

    /// Reads the call of a binding: 1 `GetItem`, strongly consistent. `None` when it is gone, as
    /// for [`Store::find_call`].
    ///
    /// # Errors
    /// [`UnavailableError`].
    pub async fn call_of(
        &self,
        binding: &Binding,
        now: UnixMillis,
    ) -> Result<Option<ChannelCall>, UnavailableError> {
        let found = self.get(call_key(binding.callee, binding.slot)).await?;
        let call = found.and_then(|item| ChannelCall::read(binding.callee, item, now));
        Ok(call.filter(|call| call.call == binding.call))
    }
}

/// The attributes of a stored call that the channel reads. A call that no party has come to the
/// channel for has no progress yet.
#[derive(Deserialize)]
struct ChannelItem {
    call_id: CallId,
    #[serde(default)]
    progress: Progress,
    #[serde(default)]
    revision: u64,
    #[serde(default, rename = "writers")]
    write_tokens: Vec<u64>,
    expires_at: UnixSeconds,
}
