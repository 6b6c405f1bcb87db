//! Makes or verifies call tokens: `bench-call-token make|verify TIMES`.
//!
//! It is a package of its own, so that it is built as functions are, with the same features.

use std::{
    env,
    error::Error,
    hint::black_box,
    time::{Duration, SystemTime},
};

use loop_core::{
    CallToken, CallUrlClaims, CalleeName, KeyRing, Keys, RemoteId, UnixMillis, UnixSeconds, UrlId,
    UserId, VerifiedCallUrl,
};

/// The time for which the token is valid.
const LIFETIME: Duration = Duration::from_hours(24);

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [operation, times] = arguments.as_slice() else {
        return Err("usage: bench-call-token make|verify TIMES".into());
    };
    // The key ring of events/README.md.
    let ring: KeyRing = "1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8".parse()?;
    let keys: Keys<CallToken> = ring.keys();
    let claims = CallUrlClaims {
        expires_at: now().after(LIFETIME),
        url_id: UrlId::from_bytes([0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7]),
        callee: UserId::from_bytes([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]),
        remote_id: RemoteId::try_from("alice@example.com".to_owned())?,
        callee_name: Some(CalleeName::try_from("Bob".to_owned())?),
    };
    let token = CallToken::sign(&keys, &claims);
    for _ in 0..times.parse::<u32>()? {
        if operation == "make" {
            black_box(CallToken::sign(&keys, black_box(&claims)));
        } else {
            let verified = VerifiedCallUrl::verify(&keys, black_box(token.as_str()), now())?;
            black_box(verified);
        }
    }
    Ok(())
}

/// Reads the clock, as an endpoint does when it verifies.
fn now() -> UnixSeconds {
    UnixMillis::from(SystemTime::now()).seconds()
}
