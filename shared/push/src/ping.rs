//! What a device is woken with.

use std::time::Duration;

use loop_core::{CallId, CallVersion, UnixMillis};

/// What the devices of a callee are to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ping {
    /// What a SimplePush device is told; it then asks for calls from this version on.
    pub version: CallVersion,
    /// The call. Pings for the same call replace each other at a Web Push service.
    pub call: CallId,
    /// How long the call rings. A Web Push service keeps the ping no longer.
    pub rings_for: Duration,
    /// The time at which the ping is sent.
    pub now: UnixMillis,
}
