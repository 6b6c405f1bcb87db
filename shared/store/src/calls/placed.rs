//! The result of placing a call.

use loop_core::{CallSlot, PendingCall, UnavailableError, UnixMillis};

use crate::{
    LimitError,
    calls::item::{call_slot, is_over, is_ringing, pending_call},
    item::Item,
};

/// The reason for which a call was not placed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    /// An earlier request has placed the call, and it is over: nothing is left of it to respond
    /// with.
    #[error("the call is over")]
    Over,
    /// A limit, or an outage. After an outage the call may nevertheless be stored; then it rings
    /// out unanswered.
    #[error(transparent)]
    Limit(#[from] LimitError),
}

impl From<UnavailableError> for PlaceError {
    fn from(unavailable: UnavailableError) -> Self {
        Self::Limit(unavailable.into())
    }
}

/// A call that is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedCall {
    /// The call as it is stored.
    pub pending: PendingCall,
    /// The fate of the call since an earlier request has placed it, which this one repeats. `None`
    /// for a call that this request has placed.
    pub earlier: Option<Earlier>,
}

/// The fate of a call that an earlier request has placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Earlier {
    /// True if no device has accepted it yet.
    pub is_ringing: bool,
    pub(super) slot: CallSlot,
}

impl PlacedCall {
    /// Reads the call that an earlier request has left in `item`.
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
