//! `DELETE /registration`: one push URL of the user no longer rings.

use loop_core::{Clock, Counters, Settings};
use loop_lambda::{
    Error, Fields, HttpFunction, Request, Response, Sessions, Site, accept, response,
};
use loop_store::Store;

/// The function that removes registrations.
#[derive(Debug)]
pub struct Unregister {
    sessions: Sessions,
    store: Store,
    clock: Clock,
}

impl HttpFunction for Unregister {
    fn from_settings(
        settings: &mut Settings<'_>,
        site: Option<&Site>,
        clock: &Clock,
    ) -> Option<Self> {
        let sessions = Sessions::from_settings(settings, site);
        let store = Store::from_settings(settings);
        Some(Self { sessions: sessions?, store: store?, clock: clock.clone() })
    }

    async fn warm(&self) {
        self.store.warm().await;
    }

    fn counters(&self) -> Option<&Counters> {
        Some(self.store.counters())
    }

    async fn respond(&self, request: &Request) -> Result<Response, Error> {
        accept::json(request)?;
        let now = self.clock.now().seconds();
        let session = self.sessions.required(request, now)?;
        let device = loop_registration::to_unregister(Fields::of_body(request)?)?;
        self.store.unregister(session.user(), device).await?;
        let mut response = response::no_content();
        self.sessions.renew(session.renewed(now), &mut response);
        Ok(response)
    }
}
