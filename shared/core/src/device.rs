//! A device: one way to wake a user.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{DeviceId, UnixMillis, UnixSeconds};

/// The protocol by which a push service is asked to wake the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PushKind {
    /// A `PUT` with a version: Mozilla's first push protocol, still used by self-run services.
    SimplePush,
    /// A `POST` as in RFC 8030, authenticated with VAPID (RFC 8292).
    WebPush,
    /// No protocol: an open page asks for its calls every few seconds, because its browser has no
    /// push.
    Polling,
}

/// One push URL of a user. Its holder can wake the device, so `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Device {
    /// A hash of the push URL.
    pub id: DeviceId,
    /// The protocol of the push service.
    pub kind: PushKind,
    /// The push URL as it was registered. Each ping checks again whether it may be called. For
    /// [`PushKind::Polling`], it is a name that the page has made up.
    pub push_url: String,
    /// The moment of the last registration, which tells a device from its own later registration.
    /// It is stored a little later than that if the registration before had come from a clock that
    /// is ahead.
    pub registered_at: UnixMillis,
    /// The first second at which it no longer rings.
    pub expires_at: UnixSeconds,
}

impl fmt::Debug for Device {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Device")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .field("registered_at", &self.registered_at)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}
