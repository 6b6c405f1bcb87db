//! A device: one way to wake a user.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{
    DeviceId, UnixMillis, UnixSeconds,
    limits::{POLLING_LIFETIME, REGISTRATION_LIFETIME},
};

/// The protocol by which a push service is asked to wake a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PushKind {
    /// A `PUT` with a version: Mozilla's first push protocol, still used by self-run services.
    SimplePush,
    /// A `POST` as in RFC 8030, authenticated with VAPID (RFC 8292).
    WebPush,
    /// None: an open page asks for its calls every few seconds, because its browser has no push.
    Polling,
}

/// The way to reach a device. Anyone with the push URL can wake the device, so `Debug` hides it.
///
/// A push URL is in its canonical spelling, as it was registered. Whether it may be called is
/// decided again whenever it is called.
#[derive(Clone, PartialEq, Eq)]
pub enum PushTarget {
    /// A push URL that takes SimplePush.
    SimplePush(String),
    /// A push URL that takes Web Push.
    WebPush(String),
    /// The name of an open page that polls.
    Polling(String),
}

impl PushTarget {
    /// Builds the target with this kind and address.
    pub fn new(kind: PushKind, address: String) -> Self {
        match kind {
            PushKind::SimplePush => Self::SimplePush(address),
            PushKind::WebPush => Self::WebPush(address),
            PushKind::Polling => Self::Polling(address),
        }
    }

    /// Returns the protocol.
    pub fn kind(&self) -> PushKind {
        match self {
            Self::SimplePush(_) => PushKind::SimplePush,
            Self::WebPush(_) => PushKind::WebPush,
            Self::Polling(_) => PushKind::Polling,
        }
    }

    /// Returns the push URL, or the name of a page that polls.
    pub fn address(&self) -> &str {
        match self {
            Self::SimplePush(address) | Self::WebPush(address) | Self::Polling(address) => address,
        }
    }

    /// Returns the id of the device that is reached this way.
    pub fn device_id(&self) -> DeviceId {
        DeviceId::of_push_url(self.address())
    }

    /// Returns how long a registration of this target counts.
    pub fn lifetime(&self) -> Duration {
        match self {
            Self::SimplePush(_) | Self::WebPush(_) => REGISTRATION_LIFETIME,
            Self::Polling(_) => POLLING_LIFETIME,
        }
    }
}

impl fmt::Debug for PushTarget {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}(hidden)", self.kind())
    }
}

/// One registered device of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// A hash of the target's address.
    pub id: DeviceId,
    /// The way to reach it.
    pub target: PushTarget,
    /// The moment of its last registration; tells a device from its own later registration. Stored
    /// a little later than that where the registration before had come from a clock that is ahead.
    pub registered_at: UnixMillis,
    /// The first second at which it no longer rings.
    pub expires_at: UnixSeconds,
}

impl Device {
    /// Builds the device that is reached by `target` and is registered at `now`.
    pub fn registered(target: PushTarget, now: UnixMillis) -> Self {
        Self {
            id: target.device_id(),
            registered_at: now,
            expires_at: now.seconds().after(target.lifetime()),
            target,
        }
    }
}
