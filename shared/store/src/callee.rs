//! What must be known of a callee before somebody may ring, and the revocations that are a part
//! of it.

use loop_core::{
    CallSlot, CallVersion, Device, Unavailable, UnixMillis, UnixSeconds, UrlId, UserId,
    limits::PENDING_CALLS_PER_CALLEE,
};

use crate::{
    Store,
    items::{Item, attribute, call_slot, expires_at, item, live_devices, sort_key},
    schema::{DEVICES, REVOKED_PREFIX, VERSION},
    unavailable::failed,
};

/// What a callee's partition says at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalleeState {
    /// The devices that have not expired, in no particular order.
    pub devices: Vec<Device>,
    /// Whether the call URL that was asked about is revoked.
    pub is_revoked: bool,
    /// The slots that are not free, each with the first second at which it is.
    pub(crate) taken: Vec<(CallSlot, UnixSeconds)>,
    /// The latest version of any call that is still stored, expired or not.
    pub(crate) latest: Option<CallVersion>,
}

impl CalleeState {
    /// Seconds until the next call may be placed, at least 1; `None` when one may be placed at
    /// once. Saves asking the provider for a call that has no place.
    pub fn retry_after(&self, now: UnixMillis) -> Option<u64> {
        if self.taken.len() < usize::from(PENDING_CALLS_PER_CALLEE) {
            return None;
        }
        self.taken.iter().map(|(_, free_at)| free_at.since(now.seconds()).max(1)).min()
    }
}

impl Store {
    /// What must be known before `url` rings its callee: 1 `Query` over the whole partition
    /// (another one per megabyte that lies there), strongly consistent.
    ///
    /// Devices and calls that can't be read are left out. A revocation that can't be read counts.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn callee(
        &self,
        callee: UserId,
        url: UrlId,
        now: UnixMillis,
    ) -> Result<CalleeState, Unavailable> {
        let items = self.query(callee, None).await?;
        Ok(state(&items, url, now.seconds()))
    }

    /// From now on `url` does not ring: 1 `PutItem`, which can be repeated.
    ///
    /// `until` is when the call URL itself expires; after that the revocation is not needed.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn revoke(
        &self,
        callee: UserId,
        url: UrlId,
        until: UnixSeconds,
    ) -> Result<(), Unavailable> {
        let item = item(callee.to_string(), revoked_sort_key(url), until, Item::new());
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item));
        put.send().await.map_err(|error| failed("PutItem", &error))?;
        Ok(())
    }
}

fn state(items: &[Item], url: UrlId, now: UnixSeconds) -> CalleeState {
    let mut state =
        CalleeState { devices: Vec::new(), is_revoked: false, taken: Vec::new(), latest: None };
    let revoked = revoked_sort_key(url);
    for item in items {
        let expires_at = expires_at(item);
        if sort_key(item) == DEVICES {
            state.devices = live_devices(item, now);
        } else if sort_key(item) == revoked {
            state.is_revoked = expires_at.is_none_or(|expires_at| now < expires_at);
        } else if let Some(slot) = call_slot(item) {
            state.latest = state.latest.max(attribute(item, VERSION));
            let free_at = expires_at.filter(|expires_at| now < *expires_at);
            state.taken.extend(free_at.map(|free_at| (slot, free_at)));
        }
    }
    state
}

fn revoked_sort_key(url: UrlId) -> String {
    format!("{REVOKED_PREFIX}{url}")
}
