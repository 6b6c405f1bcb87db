//! A message in the queue.

use loop_core::UnixMillis;

/// A message that waits, or is delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its name, a UUID.
    pub id: String,
    /// What was sent.
    pub body: String,
    /// When it was sent.
    pub(super) sent_at: UnixMillis,
    /// How often it has been delivered.
    pub(super) received: u32,
}
