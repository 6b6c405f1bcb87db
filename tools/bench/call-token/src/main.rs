//! Makes or verifies call tokens in batches: `bench-call-token make|verify SIZE BATCHES`. Prints
//! the length of a token, then the nanoseconds of each batch, a number on each line.
//!
//! A package of its own, so that it is built as functions are and links what they link.

use std::{
    env,
    error::Error,
    hint::black_box,
    time::{Duration, Instant, SystemTime},
};

use loop_core::{
    CallToken, CallUrlClaims, CalleeName, KeyRing, RemoteId, UnixMillis, UnixSeconds, UrlId,
    UserId, VerifiedCallUrl,
};

/// The time for which the token is valid.
const LIFETIME: Duration = Duration::from_hours(24);

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [operation, size, batches] = arguments.as_slice() else {
        return Err("usage: bench-call-token make|verify SIZE BATCHES".into());
    };
    // The key ring of events/README.md.
    let keys: KeyRing = "1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8".parse()?;
    let claims = CallUrlClaims {
        expires_at: now().after(LIFETIME),
        url_id: UrlId::from_bytes([0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7]),
        callee: UserId::from_bytes([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]),
        remote_id: RemoteId::try_from("alice@example.com".to_owned())?,
        callee_name: Some(CalleeName::try_from("Bob".to_owned())?),
    };
    let token = CallToken::sign(&keys, &claims);
    println!("{}", token.as_str().len());
    let (size, batches) = (size.parse::<u32>()?, batches.parse::<u32>()?);
    for _ in 0..batches {
        let start = Instant::now();
        for _ in 0..size {
            if operation == "make" {
                black_box(CallToken::sign(&keys, black_box(&claims)));
            } else {
                let verified = VerifiedCallUrl::verify(&keys, black_box(token.as_str()), now())?;
                black_box(verified);
            }
        }
        println!("{}", start.elapsed().as_nanos());
    }
    Ok(())
}

/// Looks at the clock, as an endpoint does when it verifies.
fn now() -> UnixSeconds {
    UnixMillis::from(SystemTime::now()).seconds()
}
