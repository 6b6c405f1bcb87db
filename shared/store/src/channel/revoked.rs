//! Ending the calls that ring through a revoked link.

use futures_util::future::join_all;
use loop_core::{
    UnavailableError, UnixMillis, UrlId, UserId,
    progress::{Event, Timeouts},
};

use crate::{
    AdvanceError, Advanced, ChannelCall, Store,
    item::attribute,
    schema::{CALL_PREFIX, URL_ID},
};

impl Store {
    /// Ends the calls that ring through `url`, and returns them with their effects: 1 `Query`,
    /// strongly consistent, and 1 `UpdateItem` for each of them. A call that a device has accepted
    /// goes on. Can be repeated.
    ///
    /// # Errors
    /// [`UnavailableError`]: some of them may have ended nevertheless.
    pub async fn end_calls_through(
        &self,
        callee: UserId,
        url: UrlId,
        now: UnixMillis,
    ) -> Result<Vec<Advanced>, UnavailableError> {
        let items = self.query(callee, Some(CALL_PREFIX)).await?;
        let through_url = items.into_iter().filter(|item| attribute(item, URL_ID) == Some(url));
        let calls = through_url.filter_map(|item| ChannelCall::read(callee, item, now));
        let ringing = calls.filter(|call| call.progress.is_ringing());
        // The end of a call begins no wait.
        let timeouts = Timeouts::default();
        let ended = ringing.map(|call| self.advance(call, &Event::Revoked, now, &timeouts));
        let ended = join_all(ended).await.into_iter();
        let ended = ended.filter_map(|ended| match ended {
            Ok(advanced) => Some(Ok(advanced)),
            Err(AdvanceError::Unavailable(unavailable)) => Some(Err(unavailable)),
            Err(AdvanceError::Gone | AdvanceError::Refused(_)) => None,
        });
        ended.collect()
    }
}
