//! `GET /__heartbeat__`: tells whether the service can do its work, by a write to its table.
//!
//! Load balancers, which ask often, are given `/__lbheartbeat__` instead.
//! Both are of Mozilla's Dockerflow: <https://github.com/mozilla-services/Dockerflow>.

use loop_core::{Clock, Counters, Settings};
use loop_lambda::{Error, HttpFunction, Request, Response, Site, accept, response};
use loop_store::Store;
use serde::Serialize;

/// The function that tests a write.
#[derive(Debug)]
pub struct Heartbeat {
    store: Store,
    clock: Clock,
}

#[derive(Serialize)]
struct Health {
    storage: bool,
}

impl HttpFunction for Heartbeat {
    fn from_settings(
        settings: &mut Settings<'_>,
        _site: Option<&Site>,
        clock: &Clock,
    ) -> Option<Self> {
        Some(Self { store: Store::from_settings(settings)?, clock: clock.clone() })
    }

    async fn warm(&self) {
        self.store.warm().await;
    }

    fn counters(&self) -> Option<&Counters> {
        Some(self.store.counters())
    }

    async fn respond(&self, request: &Request) -> Result<Response, Error> {
        accept::json(request)?;
        self.store.heartbeat(self.clock.now()).await?;
        Ok(response::json(&Health { storage: true }))
    }
}
