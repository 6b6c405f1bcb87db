//! The ping that wakes a device.

use std::time::Duration;

use loop_core::{CallId, CallVersion, UnixMillis};

/// The message to the devices of a callee.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ping {
    /// The version that a SimplePush device receives. The device then asks for calls from this
    /// version on.
    pub version: CallVersion,
    /// The call. Pings for the same call replace each other at a Web Push service.
    pub call: CallId,
    /// The time for which the call rings. A Web Push service keeps the ping no longer.
    pub rings_for: Duration,
    /// The time at which the ping is sent.
    pub now: UnixMillis,
}
