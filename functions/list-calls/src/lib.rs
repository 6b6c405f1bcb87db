//! `GET /calls`: the first request of a woken browser. The response says who is calling, and where
//! to meet.

use loop_core::{
    CallToken, CallType, CallVersion, Clock, Counters, Keys, PendingCall, ProviderSession, Settings,
};
use loop_lambda::{
    Error, HttpFunction, Request, Response, Sessions, Site, accept, pasted, path_parameter,
    query_field, response,
};
use loop_store::Store;
use serde::Serialize;

/// The function that lists pending calls.
#[derive(Debug)]
pub struct ListCalls {
    sessions: Sessions,
    keys: Keys<CallToken>,
    store: Store,
    clock: Clock,
}

#[derive(Serialize)]
struct Calls<'a> {
    calls: Vec<IncomingCall<'a>>,
}

#[derive(Serialize)]
struct IncomingCall<'a> {
    call_id: String,
    version: CallVersion,
    remote_id: &'a str,
    call_type: CallType,
    #[serde(flatten)]
    session: &'a ProviderSession,
    session_token: &'a str,
    expires_at: u64,
}

impl HttpFunction for ListCalls {
    fn from_settings(
        settings: &mut Settings<'_>,
        site: Option<&Site>,
        clock: &Clock,
    ) -> Option<Self> {
        let sessions = Sessions::from_settings(settings, site);
        let keys = Keys::from_settings(settings);
        let store = Store::from_settings(settings);
        Some(Self { sessions: sessions?, keys: keys?, store: store?, clock: clock.clone() })
    }

    async fn warm(&self) {
        self.store.warm().await;
    }

    fn counters(&self) -> Option<&Counters> {
        Some(self.store.counters())
    }

    async fn respond(&self, request: &Request) -> Result<Response, Error> {
        let now = self.clock.now();
        let rest = path_parameter(request, "proxy");
        if !rest.is_empty() {
            // It is a link with one slash or more behind it: no other route has these.
            return pasted::redirect(&self.keys, rest, now.seconds()).ok_or(Error::NotFound);
        }
        accept::json(request)?;
        let session = self.sessions.required(request, now.seconds())?;
        let since = query_field(request, "version", |text| match text.parse() {
            Ok(version) => Ok(CallVersion::new(version)),
            Err(_) => Err("must be a whole number of milliseconds".into()),
        })?;
        let pending = self.store.pending_calls(session.user(), since, now).await?;
        let calls = pending.iter().map(IncomingCall::from).collect();
        let mut response = response::json(&Calls { calls });
        self.sessions.renew(session.renewed(now.seconds()), &mut response);
        Ok(response)
    }
}

impl<'a> From<&'a PendingCall> for IncomingCall<'a> {
    fn from(PendingCall { call, version }: &'a PendingCall) -> Self {
        Self {
            call_id: call.id.to_string(),
            version: *version,
            remote_id: call.remote_id.as_str(),
            call_type: call.call_type,
            session: &call.session,
            session_token: call.callee_token.expose(),
            expires_at: call.expires_at.get(),
        }
    }
}
