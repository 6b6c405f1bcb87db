//! The table: its keys, and the names of all attributes.
//!
//! | `pk` | `sk` | content |
//! |---|---|---|
//! | user id | `devices` | the devices of the user, a map; long push URLs take further places |
//! | user id | `revoked` | the revoked call URLs of the user: a set |
//! | user id | `call#<slot>` | the call in one of the callee's slots |
//! | `connection#<id>` | `connection` | the call to which the connection is bound |
//! | `heartbeat` | `heartbeat` | nothing but its expiry |
//!
//! Every item has [`EXPIRES_AT`], the first second at which it no longer counts. Every read and
//! every condition looks at it. DynamoDB deletes an item some time after [`TTL`], which is
//! [`TTL_DELAY`] later; no rule needs that. An item that holds many entries expires no sooner than
//! any of them.
//!
//! All devices of a user share one item because a condition can see only the item it writes: "at
//! most 20 devices" then holds strictly, with one write and no read. Pending calls have numbered
//! slots for the same reason: a call too many finds no free key. Revocations share one item for the
//! same reason too: a set grows only while it is small enough.

use std::time::Duration;

/// Partition key: a user id, [`CONNECTION_PREFIX`] with the id of a connection, or [`HEARTBEAT`].
pub const PARTITION_KEY: &str = "pk";
/// Sort key: the kind of the item, and of a call the slot.
pub const SORT_KEY: &str = "sk";
/// Attribute of every item, in Unix seconds: the first second at which it no longer counts.
pub const EXPIRES_AT: &str = "expires_at";
/// Attribute of every item, in Unix seconds: when DynamoDB may delete it. The table's TTL
/// attribute.
pub const TTL: &str = "ttl";
/// The time from [`EXPIRES_AT`] to [`TTL`]: clocks differ, and an item must not vanish while some
/// instance still believes that it counts.
pub const TTL_DELAY: Duration = Duration::from_hours(1);

/// Sort key of a user's devices, and the attribute in that item which maps device ids to entries.
pub const DEVICES: &str = "devices";
/// Attribute of a device's entry: `simple_push`, `web_push` or `polling`.
pub const KIND: &str = "kind";
/// Attribute of a device's entry: the push URL, or the name of a page that polls.
pub const PUSH_URL: &str = "push_url";
/// Attribute of a device's entry: the moment of its last registration, in Unix milliseconds.
pub const REGISTERED_AT: &str = "registered_at";

/// Sort key of a user's revocations, and the attribute in that item which holds them: a set of
/// texts, each the id of a call URL, a space, and the first second at which that URL is expired;
/// or, instead of the id, the first and the last second, with a colon between them, in which URLs
/// were made that are revoked.
pub const REVOKED: &str = "revoked";

/// Sort key prefix of a call; the number of its slot follows.
pub const CALL_PREFIX: &str = "call#";
/// Attribute of a call and of a connection: the id of the call.
pub const CALL_ID: &str = "call_id";
/// Attribute of a call: the id of the call URL that it came through.
pub const URL_ID: &str = "url_id";
/// Attribute of a call: the version that its ping carries, in Unix milliseconds.
pub const VERSION: &str = "version";
/// Attribute of a call: the name of the person for whom the call URL was made.
pub const REMOTE_ID: &str = "remote_id";
/// Attribute of a call: `audio` or `audio-video`.
pub const CALL_TYPE: &str = "call_type";
/// Attribute of a call: the name of the WebRTC provider.
pub const PROVIDER: &str = "provider";
/// Attribute of a call: the public half of our credentials with the provider.
pub const API_KEY: &str = "api_key";
/// Attribute of a call: the provider's name for the session.
pub const SESSION_ID: &str = "session_id";
/// Attribute of a call: the URL that the provider's clients connect to.
pub const SERVER_URL: &str = "server_url";
/// Attribute of a call: the token that lets the callee into the provider's session.
pub const CALLEE_TOKEN: &str = "callee_token";
/// Attribute of a call whose request may be repeated: the token that lets the caller into the
/// provider's session.
pub const CALLER_TOKEN: &str = "caller_token";
/// Attribute of a call, in Unix seconds: the first second at which it no longer rings, however soon
/// another call may have its slot.
pub const RINGS_UNTIL: &str = "rings_until";
/// Attribute of a call: the calls that had its slot lately, a map from the ids of call URLs to
/// versions.
pub const HISTORY: &str = "history";
/// Attribute of a call: the write tokens of the last writes, the latest first: of the one that
/// placed it, and of those that changed its progress.
pub const WRITE_TOKENS: &str = "writers";
/// Attribute of a call that a repeat of its request has rung once more: the write token of that
/// ring.
pub const RUNG_AGAIN: &str = "rung_again";
/// Attribute of a call that a party has come to the channel for: its progress, a map.
pub const PROGRESS: &str = "progress";
/// The attributes that the write that ends a call removes: those that show who called whom, and
/// those that let the two in. The others stay for the limits and for late hellos.
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
/// Attribute of such a call: the number of changes of its progress.
pub const REVISION: &str = "revision";

/// Prefix of the partition key of a connection; the gateway's name for it follows.
pub const CONNECTION_PREFIX: &str = "connection#";
/// Sort key of a connection.
pub const CONNECTION: &str = "connection";
/// Attribute of a connection: the callee of the call that it is bound to. [`CALL_ID`] is the call.
pub const CALLEE: &str = "callee";
/// Attribute of a connection: the slot of that call.
pub const SLOT: &str = "slot";
/// Attribute of a connection: the side of the call, `caller` or `callee`.
pub const ROLE: &str = "role";
/// Attribute of a connection: the number of messages that it has sent.
pub const MESSAGES: &str = "messages";

/// Partition key and sort key of the item that the heartbeat writes.
pub const HEARTBEAT: &str = "heartbeat";
