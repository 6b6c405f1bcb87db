//! `$connect` of the call channel: decides whether a connection may be opened.
//!
//! No I/O: a connection belongs to no participant until it says hello. A browser names the page
//! that opens it, so pages of other sites can't even connect; they would have no token anyway.

use loop_core::{Clock, LogFields, Settings};
use loop_lambda::{Error, EventFunction, Front, ORIGIN_SECRET, Site, StatusCode, WebSocketEvent};

/// The function that checks the origin, and whether the connection comes through the front.
#[derive(Debug)]
pub struct ChannelConnect {
    front: Front,
    site: Site,
}

impl EventFunction for ChannelConnect {
    type Item = WebSocketEvent;

    fn from_settings(settings: &mut Settings<'_>, _: &Clock) -> Option<Self> {
        let front = Front::from_settings(settings);
        let site = Site::from_settings(settings)?;
        // The gateway's domain name is that of the channel, and our own pages have another one.
        // Without the setting, they would all be refused.
        if !site.has_public_origin() {
            settings.fault("LOOP_PUBLIC_URL is missing");
            return None;
        }
        Some(Self { front: front?, site })
    }

    async fn handle(
        &self,
        event: &WebSocketEvent,
        log: &mut LogFields,
    ) -> Result<StatusCode, Error> {
        log.add("connection", event.connection_id());
        if !self.front.admits(event.header(ORIGIN_SECRET).map(str::as_bytes)) {
            return Ok(StatusCode::FORBIDDEN);
        }
        // Programs other than browsers send no origin, and have no visitors to be abused.
        match event.header("origin") {
            Some(origin) if !self.site.is_own_or_allowed(origin) => Ok(StatusCode::FORBIDDEN),
            Some(_) | None => Ok(StatusCode::OK),
        }
    }
}
