//! `DELETE /call-url/{token}`: ends a call URL before its time, and the calls that ring through it.
//!
//! The revocation is written first: a call that is being placed at the same time either finds it,
//! or is found here.

use loop_channel::Connections;
use loop_core::{CallToken, Clock, Counters, Keys, LogFields, Settings, VerifiedCallUrl};
use loop_lambda::{
    Error, HttpFunction, Request, Response, Sessions, Site, accept, path_parameter, response,
};
use loop_store::Store;

/// The function that revokes call URLs.
#[derive(Debug)]
pub struct RevokeCallUrl {
    sessions: Sessions,
    keys: Keys<CallToken>,
    store: Store,
    connections: Connections,
    clock: Clock,
}

impl HttpFunction for RevokeCallUrl {
    fn from_settings(
        settings: &mut Settings<'_>,
        site: Option<&Site>,
        clock: &Clock,
    ) -> Option<Self> {
        let sessions = Sessions::from_settings(settings, site);
        let keys = Keys::from_settings(settings);
        let (store, aws) = Store::with_aws(settings);
        let connections = Connections::from_settings(settings, aws.as_ref());
        Some(Self {
            sessions: sessions?,
            keys: keys?,
            store: store?,
            connections: connections?,
            clock: clock.clone(),
        })
    }

    async fn warm(&self) {
        self.store.warm().await;
    }

    fn counters(&self) -> Option<&Counters> {
        Some(self.store.counters())
    }

    async fn respond(&self, request: &Request) -> Result<Response, Error> {
        accept::json(request)?;
        let time = self.clock.now();
        let now = time.seconds();
        let session = self.sessions.required(request, now)?;
        let token = path_parameter(request, "token");
        let call_url = VerifiedCallUrl::verify(&self.keys, token, now)?;
        let claims = call_url.claims();
        if claims.callee != session.user() {
            return Err(Error::InvalidToken);
        }
        self.store.revoke(claims.callee, claims.url_id, claims.expires_at, time).await?;
        let mut log = LogFields::default();
        let ended = self.store.end_calls_through(claims.callee, claims.url_id, time).await?;
        self.connections.notify_of_end(&ended, &mut log).await;
        let mut response = response::no_content();
        response.extensions_mut().insert(log);
        self.sessions.renew(session.renewed(now), &mut response);
        Ok(response)
    }
}
