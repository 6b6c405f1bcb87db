//! The messages of the queue.

use loop_core::UnixMillis;

/// A message that waits or is being delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The id, a UUID.
    pub id: String,
    /// The body as it was sent.
    pub body: String,
    /// The time when it was sent.
    pub(super) sent_at: UnixMillis,
    /// The number of deliveries so far.
    pub(super) received: u32,
}
