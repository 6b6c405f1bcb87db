//! Ending the calls of a link that was revoked.

use loop_core::{
    Unavailable, UnixMillis, UrlId, UserId,
    progress::{Event, Waits},
};

use crate::{
    AdvanceError, Advanced, ChannelCall, Store,
    items::attribute,
    schema::{CALL_PREFIX, URL_ID},
};

impl Store {
    /// Ends the calls that ring through `url`, and says whom to tell: 1 `Query`, strongly
    /// consistent, and 1 `UpdateItem` for each of them. A call that somebody has accepted goes on.
    /// Can be repeated.
    ///
    /// # Errors
    /// [`Unavailable`]: some of them may have ended nevertheless.
    pub async fn end_calls_through(
        &self,
        callee: UserId,
        url: UrlId,
        now: UnixMillis,
    ) -> Result<Vec<Advanced>, Unavailable> {
        let items = self.query(callee, Some(CALL_PREFIX)).await?;
        let through_url = items.into_iter().filter(|item| attribute(item, URL_ID) == Some(url));
        let calls = through_url.filter_map(|item| ChannelCall::read(callee, item, now));
        let mut ended = Vec::new();
        for call in calls.filter(|call| call.progress.is_ringing()) {
            // The end of a call begins no wait.
            match self.advance(call, &Event::Revoked, now, &Waits::default()).await {
                Ok(advanced) => ended.push(advanced),
                Err(AdvanceError::Unavailable(unavailable)) => return Err(unavailable),
                Err(AdvanceError::Gone | AdvanceError::Refused(_)) => {}
            }
        }
        Ok(ended)
    }
}
