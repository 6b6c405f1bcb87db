//! What the table looks like: key prefixes and attribute names, all in one place.
//!
//! | `pk` | `sk` | what |
//! |---|---|---|
//! | user id | `devices` | the push URLs of the user: a map from device id to one entry each, and further places of long ones |
//! | user id | `revoked` | the revoked call URLs of the user: a set |
//! | user id | `call#<slot>` | the call in one of the callee's slots |
//! | `connection#<id>` | `connection` | to which call a connection to the call channel belongs |
//! | `heartbeat` | `heartbeat` | what the heartbeat writes |
//!
//! Every item has [`EXPIRES_AT`], the first second at which it no longer counts. Every read and
//! every condition looks at it. DynamoDB deletes an item some time after [`TTL`], which is
//! [`TTL_DELAY`] later. Nothing needs that; and an item that holds many entries expires no
//! sooner than any of them.
//!
//! All devices of a user share one item because a condition can see only the item it writes:
//! "at most 20 devices" then holds strictly, with one write and no read. Pending calls have
//! numbered slots for the same reason: a call too many finds no free key. And so do revocations:
//! a set grows only while it is small enough.

use std::time::Duration;

/// Partition key: a user id, or [`HEARTBEAT`].
pub const PARTITION_KEY: &str = "pk";
/// Sort key: what the item is.
pub const SORT_KEY: &str = "sk";
/// Unix seconds: the first second at which the item no longer counts.
pub const EXPIRES_AT: &str = "expires_at";
/// Unix seconds: when DynamoDB may delete the item. The table's TTL attribute.
pub const TTL: &str = "ttl";
/// How much later than [`EXPIRES_AT`] the [`TTL`] is: clocks differ, and an item must
/// not vanish while some instance still believes that it counts.
pub const TTL_DELAY: Duration = Duration::from_hours(1);

/// Sort key of a user's devices, and the attribute in that item which maps device ids to entries.
pub const DEVICES: &str = "devices";
/// In a device's entry: `simple_push`, `web_push` or `polling`.
pub const KIND: &str = "kind";
/// In a device's entry: the push URL, or the name of a page that asks.
pub const PUSH_URL: &str = "push_url";
/// In a device's entry: Unix milliseconds of its last registration.
pub const REGISTERED_AT: &str = "registered_at";

/// Sort key of a user's revocations, and the attribute in that item which holds them: a set of
/// texts, each the id of a call URL, a space, and the first second at which that URL is expired.
pub const REVOKED: &str = "revoked";

/// Sort key prefix of a call; the number of its slot follows.
pub const CALL_PREFIX: &str = "call#";
/// Of a call: its id.
pub const CALL_ID: &str = "call_id";
/// Of a call: the id of the call URL that it came through.
pub const URL_ID: &str = "url_id";
/// Of a call: the version that its ping carries, in Unix milliseconds.
pub const VERSION: &str = "version";
/// Of a call: for whom the call URL was made.
pub const REMOTE_ID: &str = "remote_id";
/// Of a call: `audio` or `audio-video`.
pub const CALL_TYPE: &str = "call_type";
/// Of a call: which WebRTC provider.
pub const PROVIDER: &str = "provider";
/// Of a call: the public half of our credentials with the provider.
pub const API_KEY: &str = "api_key";
/// Of a call: the provider's name for the session.
pub const SESSION_ID: &str = "session_id";
/// Of a call: where the provider's clients connect to.
pub const SERVER_URL: &str = "server_url";
/// Of a call: what lets the callee into the provider's session.
pub const CALLEE_TOKEN: &str = "callee_token";
/// Of a call whose request may be repeated: what lets the caller into the provider's session.
pub const CALLER_TOKEN: &str = "caller_token";
/// Of a call: Unix seconds, the first second at which it no longer rings, however soon another call
/// may have its slot.
pub const RINGS_UNTIL: &str = "rings_until";
/// Of a call: those that had its slot lately, a map from the ids of call URLs to versions.
pub const HISTORY: &str = "history";
/// Attribute of a call: the write tokens of the last writes, the latest first: of the one that
/// placed it, and of those that changed its progress.
pub const WRITE_TOKENS: &str = "writers";
/// Attribute of a call that a repeat of its request has rung once more: the write token of that
/// ring.
pub const RUNG_AGAIN: &str = "rung_again";
/// Of a call that somebody has come to the channel for: how far it has come, a map.
pub const PROGRESS: &str = "progress";
/// The attributes that the write that ends a call removes: all that says who called whom, and what
/// let the two in. The rest stays for the limits and for late hellos.
pub const REMOVED_AT_THE_END: [&str; 10] = [
    REMOTE_ID,
    CALL_TYPE,
    PROVIDER,
    API_KEY,
    SESSION_ID,
    SERVER_URL,
    CALLEE_TOKEN,
    CALLER_TOKEN,
    RINGS_UNTIL,
    RUNG_AGAIN,
];
/// Of such a call: how often its progress has changed.
pub const REVISION: &str = "revision";

/// Prefix of the partition key of a connection; the gateway's name for it follows.
pub const CONNECTION_PREFIX: &str = "connection#";
/// Sort key of a connection.
pub const CONNECTION: &str = "connection";
/// Of a connection: whose call it belongs to. Which call is in [`CALL_ID`].
pub const CALLEE: &str = "callee";
/// Of a connection: the slot of that call.
pub const SLOT: &str = "slot";
/// Of a connection: which side of the call it is on.
pub const ROLE: &str = "role";
/// Of a connection: how many messages it has sent.
pub const MESSAGES: &str = "messages";

/// Both keys of the item that the heartbeat writes.
pub const HEARTBEAT: &str = "heartbeat";
