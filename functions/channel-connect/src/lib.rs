//! `$connect` of the call channel: whether a connection may be opened.
//!
//! No I/O: a connection is nobody's until it says hello. A browser says which page it is for, so
//! other people's pages can't even do that; their visitors would have no token anyway.

use loop_core::{Clock, LogFields, Settings};
use loop_lambda::{Error, EventFunction, Site, StatusCode, WebSocketEvent};

/// Looks at the origin.
#[derive(Debug)]
pub struct ChannelConnect {
    site: Site,
}

impl EventFunction for ChannelConnect {
    type Item = WebSocketEvent;

    fn from_settings(settings: &mut Settings<'_>, _: &Clock) -> Option<Self> {
        let site = Site::from_settings(settings)?;
        // The gateway's domain name is that of the channel: our own pages have another one, and
        // without knowing it we would refuse them all.
        if !site.has_public_origin() {
            settings.fault("LOOP_PUBLIC_URL is missing");
            return None;
        }
        Some(Self { site })
    }

    async fn handle(
        &self,
        event: &WebSocketEvent,
        log: &mut LogFields,
    ) -> Result<StatusCode, Error> {
        log.add("connection", event.connection_id());
        // What is not a browser sends none, and has no visitors to be abused.
        match event.header("origin") {
            Some(origin) if !self.site.is_own_or_allowed(origin) => Ok(StatusCode::FORBIDDEN),
            Some(_) | None => Ok(StatusCode::OK),
        }
    }
}
