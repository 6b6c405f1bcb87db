//! The state of a callee, which decides whether a call may ring.

use std::{fmt, time::Duration};

use loop_core::{
    CallHistory, CallId, CallSlot, CallVersion, Device, UnavailableError, UnixMillis, UnixSeconds,
    UrlId, UserId,
    limits::{PENDING_CALLS_PER_CALLEE, RINGING_CALLS_PER_LINK},
};

use crate::{
    PlaceError, PlacedCall, Store,
    calls::item::{call_slot, is_ringing},
    devices::live_devices,
    item::{Item, attribute, expires_at, sort_key},
    revocations::is_revoked,
    schema::{CALL_ID, DEVICES, HISTORY, REVOKED, URL_ID, VERSION},
};

/// The state of a callee's partition at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct CalleeState {
    /// The devices that have not expired, in no particular order.
    pub devices: Vec<Device>,
    /// True if the call URL that was asked about is revoked.
    pub is_revoked: bool,
    /// The slots that have held a call.
    slots: Vec<UsedSlot>,
}

/// A slot, and the call that it holds or held last.
#[derive(Clone, PartialEq)]
pub(crate) struct UsedSlot {
    slot: CallSlot,
    /// The first second at which another call may have the slot, if that is still to come.
    free_at: Option<UnixSeconds>,
    pub(crate) version: Option<CallVersion>,
    item: Item,
}

impl CalleeState {
    /// Returns the time until the next call may be placed. `None` when one may be placed at once.
    /// Saves a request to the provider for a call that has no place.
    pub fn retry_after(&self, now: UnixMillis) -> Option<Duration> {
        let taken: Vec<UnixSeconds> = self.taken().map(|(_, free_at)| free_at).collect();
        if taken.len() < usize::from(PENDING_CALLS_PER_CALLEE) {
            return None;
        }
        taken.into_iter().map(|free_at| free_at.since(now.seconds())).min()
    }

    /// Returns the time until another call may ring through `url`. `None` when one may at once.
    pub fn link_retry_after(&self, url: UrlId, now: UnixMillis) -> Option<Duration> {
        let ringing = RingingThroughLink::of(self, url, now);
        ringing.is_full().then(|| ringing.retry_after(now))
    }

    /// Returns the calls that were placed lately, through all links.
    pub fn history(&self) -> CallHistory {
        let mut history = CallHistory::default();
        for used in &self.slots {
            history.add_all(&used.history());
        }
        history
    }

    /// Returns the call with this id, if an earlier request has placed it and no other call has
    /// taken its slot since.
    ///
    /// # Errors
    /// [`PlaceError::Over`], and [`LimitError::Unavailable`](crate::LimitError::Unavailable) for
    /// one that can't be read.
    pub fn placed(&self, call: CallId, now: UnixMillis) -> Option<Result<PlacedCall, PlaceError>> {
        let is_same = |used: &&UsedSlot| attribute(&used.item, CALL_ID) == Some(call);
        let found = self.slots.iter().find(is_same)?;
        Some(PlacedCall::earlier(found.item.clone(), now))
    }

    /// Returns the slots that are not free, each with the first second at which it is.
    pub(crate) fn taken(&self) -> impl Iterator<Item = (CallSlot, UnixSeconds)> {
        self.slots.iter().filter_map(|used| Some((used.slot, used.free_at?)))
    }

    /// Returns the latest version of all calls that are stored, expired or not.
    pub(crate) fn latest(&self) -> Option<CallVersion> {
        self.slots.iter().filter_map(|used| used.version).max()
    }

    /// Returns the call that a slot holds or held last. `None` when it has never been used.
    pub(crate) fn used(&self, slot: CallSlot) -> Option<&UsedSlot> {
        self.slots.iter().find(|used| used.slot == slot)
    }
}

/// The calls that ring through one link, as the seconds at which they give up their slots.
pub(crate) struct RingingThroughLink {
    url: UrlId,
    free_at: Vec<UnixSeconds>,
}

impl RingingThroughLink {
    /// Returns the calls that the callee's state shows.
    pub(crate) fn of(state: &CalleeState, url: UrlId, now: UnixMillis) -> Self {
        let mut ringing = Self { url, free_at: Vec::new() };
        state.slots.iter().for_each(|used| ringing.add(&used.item, now));
        ringing
    }

    /// Counts the call that an item holds, if it rings through this link.
    pub(crate) fn add(&mut self, item: &Item, now: UnixMillis) {
        let free_at = expires_at(item).filter(|free_at| now.seconds() < *free_at);
        if attribute(item, URL_ID) == Some(self.url) && is_ringing(item, now) {
            self.free_at.extend(free_at);
        }
    }

    /// Returns whether as many calls ring as may.
    pub(crate) fn is_full(&self) -> bool {
        self.free_at.len() >= RINGING_CALLS_PER_LINK
    }

    /// Returns the time until the first of them gives up its slot.
    pub(crate) fn retry_after(&self, now: UnixMillis) -> Duration {
        let waits = self.free_at.iter().map(|free_at| free_at.since(now.seconds()));
        waits.min().unwrap_or_default()
    }
}

impl UsedSlot {
    fn of(item: &Item, now: UnixSeconds) -> Option<Self> {
        Some(Self {
            slot: call_slot(item)?,
            free_at: expires_at(item).filter(|free_at| now < *free_at),
            version: attribute(item, VERSION),
            item: item.clone(),
        })
    }

    /// Returns the call of the slot and those before it.
    pub(crate) fn history(&self) -> CallHistory {
        let mut history: CallHistory = attribute(&self.item, HISTORY).unwrap_or_default();
        if let Some((url, version)) = attribute(&self.item, URL_ID).zip(self.version) {
            history.add(url, version);
        }
        history
    }
}

/// Leaves out the item, which holds tokens.
impl fmt::Debug for UsedSlot {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("UsedSlot")
            .field("slot", &self.slot)
            .field("free_at", &self.free_at)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// Reads the state of the callee of `url`, which was made at `made_at`: 1 `Query` over the
    /// whole partition, strongly consistent.
    ///
    /// Devices and calls that can't be read are left out. A revocation that can't be read counts.
    ///
    /// # Errors
    /// [`UnavailableError`].
    pub async fn callee(
        &self,
        callee: UserId,
        url: UrlId,
        made_at: Option<UnixSeconds>,
        now: UnixMillis,
    ) -> Result<CalleeState, UnavailableError> {
        let items = self.query(callee, None).await?;
        Ok(state(&items, url, made_at, now.seconds()))
    }
}

fn state(
    items: &[Item],
    url: UrlId,
    made_at: Option<UnixSeconds>,
    now: UnixSeconds,
) -> CalleeState {
    let mut state = CalleeState { devices: Vec::new(), is_revoked: false, slots: Vec::new() };
    for item in items {
        match sort_key(item) {
            DEVICES => state.devices = live_devices(item, now),
            REVOKED => state.is_revoked = is_revoked(item, url, made_at),
            _ => state.slots.extend(UsedSlot::of(item, now)),
        }
    }
    state
}
