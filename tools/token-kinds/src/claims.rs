//! What all tokens here say.

use std::time::{Duration, SystemTime};

use loop_core::{CallUrlClaims, CalleeName, RemoteId, UnixMillis, UnixSeconds, UrlId, UserId};

use crate::Failure;

/// The secret of every symmetric key here, as long as our own usually are.
pub(crate) const SECRET: [u8; 32] = *b"good for nothing but measurement";

/// The callee may be called for a day.
const LIFETIME: Duration = Duration::from_hours(24);

/// A link that Bob has made for Alice just now.
pub(crate) fn of_bob() -> Result<CallUrlClaims, Failure> {
    Ok(CallUrlClaims {
        expires_at: now().after(LIFETIME),
        url_id: UrlId::from_bytes([0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7]),
        callee: UserId::from_bytes([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]),
        remote_id: RemoteId::try_from("alice@example.com".to_owned())?,
        callee_name: Some(CalleeName::try_from("Bob".to_owned())?),
    })
}

/// Every kind looks at the clock for itself when it verifies: some of the libraries can't be told.
pub(crate) fn now() -> UnixSeconds {
    UnixMillis::from(SystemTime::now()).seconds()
}
