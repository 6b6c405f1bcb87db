//! A call that is stored, or why it is not.

use std::{fmt, time::Duration};

use loop_core::{CallSlot, PendingCall, UnavailableError, UnixMillis};

use crate::{
    calls::item::{call_slot, is_over, is_ringing, pending_call},
    item::Item,
};

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
    pub(super) slot: CallSlot,
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
