//! Every bound in one place.

use std::time::Duration;

/// Longest [`RemoteId`](crate::RemoteId), in Unicode scalar values: the texts of people are counted
/// in the characters that they see, as nearly as JSON Schema can say it.
pub const REMOTE_ID_MAX_CHARACTERS: usize = 64;
/// Longest [`CalleeName`](crate::CalleeName), in Unicode scalar values.
pub const CALLEE_NAME_MAX_CHARACTERS: usize = 64;
/// Most bytes that a Unicode scalar value takes in UTF-8 (RFC 3629, section 3).
pub const UTF8_MAX_BYTES: usize = 4;
/// Longest push URL that is stored.
pub const PUSH_URL_MAX_BYTES: usize = 2048;
/// Shortest `Idempotency-Key`: a shorter one could be guessed.
pub const IDEMPOTENCY_KEY_MIN_BYTES: usize = 16;
/// Longest `Idempotency-Key`.
pub const IDEMPOTENCY_KEY_MAX_BYTES: usize = 128;
/// Longest request body that is read.
pub const BODY_MAX_BYTES: usize = 16 * 1024;

/// Places that one user has for live devices: one device each, unless its push URL has more than
/// [`PUSH_URL_PLACE_BYTES`].
pub const DEVICES_PER_USER: usize = 20;
/// Calls that may ring one callee at the same time: ten links, each as often as one link may.
pub const PENDING_CALLS_PER_CALLEE: u8 = 20;
/// Calls that may ring through one link at the same time, so that no holder of a link can make the
/// callee unreachable for the others. There are two, and not one, because a caller whose network is
/// gone calls again before the gateway has noticed that the first connection is lost.
pub const RINGING_CALLS_PER_LINK: usize = 2;
/// Connections with which one side of a call may come to the call channel before both have media:
/// more than a page that is loaded again and again on each of the callee's devices has.
pub const HELLOS_BEFORE_MEDIA: u16 = 40;
/// The same for the whole call: one that lasts for a day on a poor network has less.
pub const HELLOS_PER_SIDE: u16 = 1_000;
/// Time that a call waits for its caller to come to the call channel. The page opens the channel as
/// soon as the call is placed, so a caller who does not come keeps no slot from others.
pub const ARRIVAL_TIMEOUT: Duration = Duration::from_secs(15);
/// Bytes of a push URL for which a device takes one place. For each further such number of bytes,
/// or a part of it, the device takes another place. Most browsers' push URLs need one place.
pub const PUSH_URL_PLACE_BYTES: usize = 312;
/// Largest item that all devices of a user together can make, in bytes as DynamoDB counts them:
/// each write of it costs at most 8 write units.
pub const DEVICES_MAX_BYTES: usize = 8 * 1024;

/// Calls that one link may place within [`RATE_WINDOW`]. Callers at the very same moment do not see
/// each other, so there may be as many more as can ring through the link at once.
pub const CALLS_PER_LINK: usize = 20;
/// Calls that may be placed to one callee within [`RATE_WINDOW`], through all links. As many are
/// remembered for this purpose.
pub const CALLS_PER_CALLEE: usize = 200;
/// The time in which calls are counted.
pub const RATE_WINDOW: Duration = Duration::from_mins(10);
/// Revocations that are kept of one user, until the call URLs expire by themselves. If there are
/// more, some are united ([`RevokedUrls`](crate::RevokedUrls)).
pub const REVOKED_URLS_PER_USER: usize = 250;

/// Time that a call rings, unless `LOOP_RING_SECONDS` says otherwise.
pub const RING_DURATION: Duration = Duration::from_mins(2);
/// Longest time that `LOOP_RING_SECONDS` may say: no caller waits longer at a ringing page.
pub const RING_DURATION_MAX: Duration = Duration::from_mins(10);
/// Time that a call that was accepted keeps its slot after the last event: API Gateway ends every
/// WebSocket connection after two hours, and then each party comes back, which is an event.
pub const CONNECTED_CALL_LIFETIME: Duration = Duration::from_hours(3);
/// Lifetime of a session.
pub const SESSION_LIFETIME: Duration = days(30);
/// Longest validity of a call URL.
pub const CALL_URL_LIFETIME_MAX: Duration = days(30);
/// Lifetime of a registration that is not repeated: a session made on the last day of another one,
/// and a call URL made on its last day, are still covered by it.
pub const REGISTRATION_LIFETIME: Duration =
    SESSION_LIFETIME.saturating_mul(2).saturating_add(CALL_URL_LIFETIME_MAX);

/// Time that a polling page counts as a device without being registered again. The page registers
/// each minute, so one lost request costs nothing, and a closed page soon no longer counts.
pub const POLLING_LIFETIME: Duration = Duration::from_secs(130);

const fn days(days: u64) -> Duration {
    Duration::from_hours(24 * days)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The documents and the clients repeat these numbers.
    #[test]
    fn bounds_are_what_is_documented() {
        assert_eq!(BODY_MAX_BYTES, 16_384);
        assert_eq!((CALLS_PER_LINK, CALLS_PER_CALLEE, RATE_WINDOW.as_secs()), (20, 200, 600));
        assert_eq!((PENDING_CALLS_PER_CALLEE, RINGING_CALLS_PER_LINK), (20, 2));
        assert_eq!(ARRIVAL_TIMEOUT.as_secs(), 15);
        assert_eq!((DEVICES_PER_USER, PUSH_URL_PLACE_BYTES, PUSH_URL_MAX_BYTES), (20, 312, 2_048));
        assert_eq!(CONNECTED_CALL_LIFETIME.as_secs(), 10_800);
        assert_eq!(SESSION_LIFETIME.as_secs(), 2_592_000);
        assert_eq!(CALL_URL_LIFETIME_MAX.as_secs(), 2_592_000);
        assert_eq!(REGISTRATION_LIFETIME.as_secs(), 7_776_000);
    }
}
