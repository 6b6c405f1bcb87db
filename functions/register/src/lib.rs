//! `POST /registration`: tells the service how to wake the user.

use loop_core::{Clock, Counters, Device, DeviceId, Session, Settings, UnixMillis, UserId};
use loop_lambda::{
    Error, Fields, HttpFunction, Request, Response, Sessions, Site, accept, response,
};
use loop_push::PushPolicy;
use loop_store::{LimitError, Registrant, Store};
use ring::rand::SystemRandom;
use serde::Serialize;

/// The limit in the response to one device too many, with the only quick remedy.
const DEVICES: &str = "devices: there are 20 places, and a push URL takes one for each 312 bytes; \
     DELETE /registration with one of them frees its places at once";

/// The function that registers push URLs.
#[derive(Debug)]
pub struct Register {
    sessions: Sessions,
    store: Store,
    policy: PushPolicy,
    clock: Clock,
    random: SystemRandom,
}

#[derive(Serialize)]
struct Registered {
    device_id: DeviceId,
    expires_at: u64,
}

impl HttpFunction for Register {
    fn from_settings(
        settings: &mut Settings<'_>,
        site: Option<&Site>,
        clock: &Clock,
    ) -> Option<Self> {
        let sessions = Sessions::from_settings(settings, site);
        let store = Store::from_settings(settings);
        let policy = PushPolicy::from_settings(settings);
        Some(Self {
            sessions: sessions?,
            store: store?,
            policy: policy?,
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
        let now = self.clock.now();
        let present = self.sessions.of_request(request, now.seconds())?;
        let device = self.device(request, now)?;
        let (user, registrant, given) = match present {
            Some(session) => {
                (session.user(), Registrant::Returning, session.renewed(now.seconds()))
            }
            None => {
                let user = UserId::random(&self.random)?;
                (user, Registrant::New, Some(Session::begin(user, now.seconds())))
            }
        };
        self.store.register(user, registrant, &device, now).await.map_err(|error| match error {
            LimitError::TooMany { retry_after, .. } => {
                Error::TooMany { what: DEVICES, retry_after }
            }
            LimitError::Unavailable(unavailable) => unavailable.into(),
        })?;
        let mut response = response::json(&Registered {
            device_id: device.id,
            expires_at: device.expires_at.get(),
        });
        self.sessions.renew(given, &mut response);
        Ok(response)
    }
}

impl Register {
    fn device(&self, request: &Request, now: UnixMillis) -> Result<Device, Error> {
        let target = loop_registration::to_register(Fields::of_body(request)?, &self.policy)?;
        Ok(Device::registered(target, now))
    }
}

#[cfg(test)]
mod tests {
    use loop_core::limits::{DEVICES_PER_USER, PUSH_URL_PLACE_BYTES};

    use super::DEVICES;

    #[test]
    fn the_refusal_names_the_bounds() {
        assert!(DEVICES.contains(&format!(" {DEVICES_PER_USER} places")));
        assert!(DEVICES.contains(&format!(" {PUSH_URL_PLACE_BYTES} bytes")));
    }
}
