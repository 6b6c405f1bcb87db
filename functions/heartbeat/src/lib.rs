//! `GET /__heartbeat__`: tells whether the service can do its work, by a write to its table.
//!
//! Each response costs a write, so it is for the operator's monitor alone, which brings a token. To
//! others there is no such resource. Load balancers, which ask often, are given `/__lbheartbeat__` instead.
//! Both are of Mozilla's Dockerflow: <https://github.com/mozilla-services/Dockerflow>.

use loop_core::{AcceptedSecrets, Clock, Counters, Settings};
use loop_lambda::{Error, HttpFunction, Request, Response, Site, accept, response};
use loop_store::Store;
use serde::Serialize;

/// The function that tests a write.
#[derive(Debug)]
pub struct Heartbeat {
    tokens: Option<AcceptedSecrets>,
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
        let tokens = settings.optional("LOOP_HEARTBEAT_TOKENS", AcceptedSecrets::parse);
        let store = Store::from_settings(settings);
        Some(Self { tokens: tokens?, store: store?, clock: clock.clone() })
    }

    async fn warm(&self) {
        self.store.warm().await;
    }

    fn counters(&self) -> Option<&Counters> {
        Some(self.store.counters())
    }

    async fn respond(&self, request: &Request) -> Result<Response, Error> {
        if !self.is_of_operator(request) {
            return Err(Error::NotFound);
        }
        accept::json(request)?;
        self.store.heartbeat(self.clock.now()).await?;
        Ok(response::json(&Health { storage: true }))
    }
}

impl Heartbeat {
    /// Returns whether the request brings one of the tokens. On a developer's machine there are
    /// none, and everybody may ask.
    fn is_of_operator(&self, request: &Request) -> bool {
        let Some(tokens) = &self.tokens else { return true };
        let authorization = request.headers().get("authorization").map(|value| value.as_bytes());
        let token = authorization.and_then(|value| value.strip_prefix(b"Bearer "));
        token.is_some_and(|token| tokens.accept(token))
    }
}
