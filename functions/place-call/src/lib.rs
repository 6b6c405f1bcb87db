//! `POST /calls/{token}`: rings the callee.
//!
//! The steps are in this order, so that nothing is left behind when one fails: verify the link, ask
//! the table once, get a session from the provider, store the call, check whether the link was
//! revoked meanwhile, wake every device at once, respond.
//!
//! A repeat of a request (the same `Idempotency-Key`) finds the stored call and gets the same
//! response.

mod request;
mod wake;

use std::time::Duration;

use loop_core::{
    Call, CallId, CallToken, Clock, Counters, Device, Keys, Metric, ParticipantToken,
    ProviderSession, Settings, UnixMillis, UnixSeconds, VerifiedCallUrl,
    limits::{ARRIVAL_TIMEOUT, PENDING_CALLS_PER_CALLEE, RING_DURATION, RING_DURATION_MAX},
    setting::whole_seconds,
};
use loop_lambda::{
    Error, HttpFunction, RETRY_AFTER_OUTAGE, Request, Response, Site, accept, path_parameter,
    response,
};
use loop_provider::{NewSession, Provider};
use loop_push::{Ping, Pusher};
use loop_store::{CalleeState, Limit, LimitError, PlaceError, PlacedCall, Store};
use ring::rand::SystemRandom;
use serde::Serialize;

use crate::{
    request::Wanted,
    wake::{Woken, wake},
};

/// Time for which the request that placed a call is assumed to be still ringing: the table and the
/// pings take that long with usual settings. A repeat that comes sooner leaves the ringing to it.
/// One that comes later can't know whether it got that far, and rings once more for the same call.
/// It is not longer than a client waits that was told of an outage, less the few milliseconds by
/// which a version may be later than its call.
/// which a version may be later than its call.
const RINGING: Duration =
    RETRY_AFTER_OUTAGE.saturating_sub(Duration::from_millis(PENDING_CALLS_PER_CALLEE as u64));

/// The function that places calls.
#[derive(Debug)]
pub struct PlaceCall {
    keys: Keys<CallToken>,
    store: Store,
    provider: Provider,
    pusher: Pusher,
    ring_duration: Duration,
    clock: Clock,
    random: SystemRandom,
}

#[derive(Serialize)]
struct Placement<'a> {
    call_id: String,
    #[serde(flatten)]
    session: &'a ProviderSession,
    session_token: &'a str,
    expires_at: u64,
    /// True if any device will know of the call. The number of devices is the callee's own
    /// business. `null` in the response to a repeat: the request that placed the call does the
    /// waking.
    notified: Option<bool>,
}

/// A call that is stored, and the data for waking the devices and for the response.
struct Placed {
    devices: Vec<Device>,
    call: PlacedCall,
    caller_token: ParticipantToken,
}

impl HttpFunction for PlaceCall {
    fn from_settings(
        settings: &mut Settings<'_>,
        _site: Option<&Site>,
        clock: &Clock,
    ) -> Option<Self> {
        let keys = Keys::from_settings(settings);
        let store = Store::from_settings(settings);
        let provider = Provider::from_settings(settings);
        let pusher = Pusher::from_settings(settings);
        let ring_duration = settings.or(
            "LOOP_RING_SECONDS",
            RING_DURATION,
            whole_seconds(Duration::from_secs(1)..=RING_DURATION_MAX),
        );
        Some(Self {
            keys: keys?,
            store: store?,
            provider: provider?,
            pusher: pusher?,
            ring_duration: ring_duration?,
            clock: clock.clone(),
            random: SystemRandom::new(),
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
        let now = self.clock.now().seconds();
        let call_url = VerifiedCallUrl::verify(&self.keys, path_parameter(request, "token"), now)?;
        let placed = self.place(&call_url, Wanted::of(request)?).await?;
        let woken = self.wake(&call_url, &placed).await?;
        let call = &placed.call.pending.call;
        let mut response = response::json(&Placement {
            call_id: call.id.to_string(),
            session: &call.session,
            session_token: placed.caller_token.expose(),
            expires_at: call.expires_at.get(),
            notified: woken.as_ref().map(|woken| woken.notified > 0),
        });
        match woken {
            None => response::log_field(&mut response, "repeat", true),
            Some(woken) => {
                response::log_field(&mut response, "notified", woken.notified);
                response::log_field(&mut response, "pings", woken.outcomes);
            }
        }
        Ok(response)
    }
}

impl PlaceCall {
    /// Runs the steps that can fail, in an order in which a failure leaves nothing behind: a
    /// provider session that no call refers to is never used and costs nothing.
    async fn place(&self, call_url: &VerifiedCallUrl, wanted: Wanted) -> Result<Placed, Error> {
        let claims = call_url.claims();
        let now = self.clock.now();
        let callee =
            self.store.callee(claims.callee, claims.url_id, call_url.made_at(), now).await?;
        if callee.is_revoked {
            return Err(Error::Gone);
        }
        let id = match &wanted.key {
            Some(key) => key.call(claims.url_id),
            None => CallId::random(&self.random)?,
        };
        if let Some(earlier) = callee.placed(id, now) {
            return repeated(callee, earlier.map_err(refusal)?, &wanted);
        }
        may_ring(&callee, call_url, now)?;
        let expires_at = now.seconds().after(self.ring_duration);
        let made = self.provider.create_session(claims.callee, id, expires_at, now.seconds()).await;
        let made = made.inspect_err(|_| self.store.counters().add(Metric::ProviderFailures, 1));
        let NewSession { session, caller_token, callee_token } = made?;
        let call = Call {
            id,
            url: claims.url_id,
            remote_id: claims.remote_id.clone(),
            call_type: wanted.call_type,
            session,
            callee_token,
            caller_token: wanted.key.is_some().then(|| caller_token.clone()),
            expires_at,
            slot_expires_at: self.slot_expires_at(now.seconds()),
        };
        let placed = self.store.place(claims.callee, &callee, &call, self.clock.now()).await;
        let placed = placed.map_err(refusal)?;
        if placed.earlier.is_some() {
            return repeated(callee, placed, &wanted);
        }
        self.refuse_revoked(call_url).await?;
        Ok(Placed { devices: callee.devices, call: placed, caller_token })
    }

    /// Returns the second until which the call keeps its slot if its caller does not come to the
    /// channel.
    fn slot_expires_at(&self, now: UnixSeconds) -> UnixSeconds {
        let uses_channel = self.provider.uses_channel();
        now.after(if uses_channel {
            ARRIVAL_TIMEOUT.min(self.ring_duration)
        } else {
            self.ring_duration
        })
    }

    /// Refuses a revoked link, now that the call is stored. A revocation either finds the call
    /// there and ends it, or was written before, and is found here.
    async fn refuse_revoked(&self, call_url: &VerifiedCallUrl) -> Result<(), Error> {
        let claims = call_url.claims();
        if self.store.is_revoked(claims.callee, claims.url_id, call_url.made_at()).await? {
            let now = self.clock.now();
            self.store.end_calls_through(claims.callee, claims.url_id, now).await?;
            return Err(Error::Gone);
        }
        Ok(())
    }

    /// Wakes the callee's devices, unless the request that placed the call is doing so, or another
    /// repeat has already done it instead. `None` if this request wakes no device.
    async fn wake(
        &self,
        call_url: &VerifiedCallUrl,
        placed: &Placed,
    ) -> Result<Option<Woken>, Error> {
        let PlacedCall { pending, earlier } = &placed.call;
        let callee = call_url.claims().callee;
        let now = self.clock.now();
        if let Some(earlier) = *earlier {
            let is_due = pending.version.moment().after(RINGING) <= now;
            let rings = earlier.is_ringing
                && is_due
                && self.store.ring_again(callee, pending.call.id, earlier, now).await?;
            if !rings {
                return Ok(None);
            }
        }
        let ping = Ping {
            version: pending.version,
            call: pending.call.id,
            rings_for: pending.call.expires_at.since(now.seconds()),
            now,
        };
        Ok(Some(wake(&self.pusher, &self.store, callee, &placed.devices, &ping).await))
    }
}

/// Refuses the call if the callee can't be rung through this link now.
fn may_ring(
    callee: &CalleeState,
    call_url: &VerifiedCallUrl,
    now: UnixMillis,
) -> Result<(), Error> {
    if callee.devices.is_empty() {
        return Err(Error::NoDevice);
    }
    let url = call_url.claims().url_id;
    if let Some(retry_after) = callee.link_retry_after(url, now) {
        return Err(too_many(Limit::OfLink, retry_after));
    }
    if let Some(retry_after) = callee.retry_after(now) {
        return Err(too_many(Limit::OfUser, retry_after));
    }
    let history = callee.history();
    if let Some(retry_after) = history.retry_after(url, now) {
        return Err(Error::TooMany { what: "calls through this link", retry_after });
    }
    if let Some(retry_after) = history.callee_retry_after(now) {
        return Err(Error::TooMany { what: "calls to this callee lately", retry_after });
    }
    Ok(())
}

/// Returns the data for the response to a repeat, which is that to the request that placed the
/// call.
fn repeated(callee: CalleeState, call: PlacedCall, wanted: &Wanted) -> Result<Placed, Error> {
    if call.pending.call.call_type != wanted.call_type {
        return Err(Error::KeyReused);
    }
    let caller_token = call.pending.call.caller_token.clone();
    let caller_token = caller_token
        .ok_or(Error::Unavailable { cause: "a repeated call without a caller's token".into() })?;
    Ok(Placed { devices: callee.devices, call, caller_token })
}

fn refusal(error: PlaceError) -> Error {
    match error {
        PlaceError::Over => Error::CallOver,
        PlaceError::Limit(LimitError::TooMany { limit, retry_after }) => {
            too_many(limit, retry_after)
        }
        PlaceError::Limit(LimitError::Unavailable(unavailable)) => unavailable.into(),
    }
}

fn too_many(limit: Limit, retry_after: Duration) -> Error {
    let what = match limit {
        Limit::OfUser => "calls are ringing this callee",
        Limit::OfLink => "calls are ringing through this link",
    };
    Error::TooMany { what, retry_after }
}
