//! `POST /calls/{token}`: rings the callee.
//!
//! In this order, so that nothing is left behind when a step fails: verify the link, ask the table
//! once, get a session from the provider, store the call, wake every device at once, answer.

mod wake;

use loop_core::{
    Call, CallId, CallType, Device, KeyRing, ParticipantToken, PendingCall, ProviderSession,
    Reason, Settings, VerifiedCallUrl,
    limits::{RING_SECONDS, RING_SECONDS_MAX},
};
use loop_http::{
    Clock, Endpoint, Error, Fields, Request, Response, accept, answer, field, note, path_parameter,
};
use loop_provider::{NewSession, Provider};
use loop_push::{Ping, Pusher};
use loop_store::{PlaceError, Store};
use ring::rand::SystemRandom;
use serde::Serialize;

use crate::wake::wake;

/// Places calls.
#[derive(Debug)]
pub struct PlaceCall {
    keys: KeyRing,
    store: Store,
    provider: Provider,
    pusher: Pusher,
    ring_seconds: u64,
    clock: Clock,
    random: SystemRandom,
}

#[derive(Serialize)]
struct PlacedCall<'a> {
    call_id: String,
    #[serde(flatten)]
    session: &'a ProviderSession,
    session_token: &'a str,
    expires_at: u64,
    notified: usize,
}

/// A call that is stored, and what is still to be done with it.
struct Placed {
    devices: Vec<Device>,
    pending: PendingCall,
    caller_token: ParticipantToken,
}

impl Endpoint for PlaceCall {
    fn from_settings(settings: &mut Settings<'_>, clock: &Clock) -> Option<Self> {
        let keys = KeyRing::from_settings(settings);
        let store = Store::from_settings(settings);
        let provider = Provider::from_settings(settings);
        let pusher = Pusher::from_settings(settings);
        let ring_seconds = settings.or("LOOP_RING_SECONDS", RING_SECONDS, ring_seconds);
        Some(Self {
            keys: keys?,
            store: store?,
            provider: provider?,
            pusher: pusher?,
            ring_seconds: ring_seconds?,
            clock: clock.clone(),
            random: SystemRandom::new(),
        })
    }

    async fn warm(&self) {
        self.store.warm().await;
    }

    async fn answer(&self, request: &Request) -> Result<Response, Error> {
        accept::json(request)?;
        let now = self.clock.now().seconds();
        let call_url = VerifiedCallUrl::verify(&self.keys, path_parameter(request, "token"), now)?;
        let call_type = call_type(request)?;
        let Placed { devices, pending: PendingCall { call, version }, caller_token } =
            self.place(&call_url, call_type).await?;
        let ping =
            Ping { version, call: call.id, ring_seconds: self.ring_seconds, now: self.clock.now() };
        let callee = call_url.claims().callee;
        let woken = wake(&self.pusher, &self.store, callee, &devices, &ping).await;
        let mut response = answer::json(&PlacedCall {
            call_id: call.id.to_string(),
            session: &call.session,
            session_token: caller_token.expose(),
            expires_at: call.expires_at.get(),
            notified: woken.notified,
        });
        note(&mut response, "notified", woken.notified);
        note(&mut response, "pings", woken.outcomes);
        Ok(response)
    }
}

impl PlaceCall {
    /// Everything that can fail, in an order in which a failure leaves nothing behind: a provider
    /// session that no call refers to is never used and costs nothing.
    async fn place(
        &self,
        call_url: &VerifiedCallUrl,
        call_type: CallType,
    ) -> Result<Placed, Error> {
        let claims = call_url.claims();
        let now = self.clock.now();
        let callee = self.store.callee(claims.callee, claims.url_id, now).await?;
        if callee.is_revoked {
            return Err(Error::Gone);
        }
        if callee.devices.is_empty() {
            return Err(Error::NoDevice);
        }
        if let Some(retry_after) = callee.retry_after(now) {
            return Err(too_many_calls(retry_after));
        }
        let id = CallId::random(&self.random)?;
        let expires_at = now.seconds().after(self.ring_seconds);
        let NewSession { session, caller_token, callee_token } =
            self.provider.create_session(claims.callee, id, expires_at, now.seconds()).await?;
        let call = Call {
            id,
            remote_id: claims.remote_id.clone(),
            call_type,
            session,
            callee_token,
            expires_at,
        };
        let placed = self.store.place(claims.callee, &callee, &call, self.clock.now()).await;
        let pending = placed.map_err(|error| match error {
            PlaceError::TooManyCalls { retry_after } => too_many_calls(retry_after),
            PlaceError::Unavailable(unavailable) => unavailable.into(),
        })?;
        Ok(Placed { devices: callee.devices, pending, caller_token })
    }
}

fn call_type(request: &Request) -> Result<CallType, Error> {
    let mut fields = Fields::of_body(request)?;
    let call_type =
        fields.optional("call_type", field::text(|text| CallType::try_from(text.as_str())));
    Ok(fields.finish(call_type)?.unwrap_or_default())
}

fn too_many_calls(retry_after: u64) -> Error {
    Error::TooMany { what: "calls are ringing this callee", retry_after }
}

fn ring_seconds(text: &str) -> Result<u64, Reason> {
    match text.parse() {
        Ok(seconds @ 1..=RING_SECONDS_MAX) => Ok(seconds),
        _ => Err(format!("must be a whole number of seconds from 1 to {RING_SECONDS_MAX}").into()),
    }
}
