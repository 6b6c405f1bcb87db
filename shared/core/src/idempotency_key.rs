//! `Idempotency-Key`: the key that makes a repeated request the same request.

use std::{fmt, str::FromStr};

use ring::digest::{Context, SHA256};

use crate::{
    CallId, Reason, UrlId,
    limits::{IDEMPOTENCY_KEY_MAX_BYTES, IDEMPOTENCY_KEY_MIN_BYTES},
};

/// A key that a caller has made up for one request, such as a UUID: 16 to 128 visible ASCII
/// characters (the Idempotency-Key HTTP header field, draft-ietf-httpapi-idempotency-key-header).
///
/// A caller who holds the same link and knows the key is given the same call, with the first
/// caller's place in it. So a short key is refused, and `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Returns the id of the call that a request with this key places through `url`: every repeat
    /// names the same call, without a store in between.
    pub fn call(&self, url: UrlId) -> CallId {
        let mut context = Context::new(&SHA256);
        context.update(b"loop idempotency key v1");
        context.update(url.as_bytes());
        context.update(self.0.as_bytes());
        let mut bytes = [0; CallId::LENGTH];
        bytes.copy_from_slice(&context.finish().as_ref()[..CallId::LENGTH]);
        CallId::from_bytes(bytes)
    }
}

impl FromStr for IdempotencyKey {
    type Err = Reason;

    fn from_str(text: &str) -> Result<Self, Reason> {
        let bounds = IDEMPOTENCY_KEY_MIN_BYTES..=IDEMPOTENCY_KEY_MAX_BYTES;
        if !bounds.contains(&text.len()) || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            let (min, max) = (IDEMPOTENCY_KEY_MIN_BYTES, IDEMPOTENCY_KEY_MAX_BYTES);
            return Err(format!("must be {min} to {max} visible ASCII characters").into());
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for IdempotencyKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("IdempotencyKey(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "8e03978e-40d5-43dd-bc93-6894a57f9324";

    #[test]
    fn a_key_and_a_link_name_one_call() {
        let key: IdempotencyKey = KEY.parse().unwrap();
        let [url, other] = [1, 2].map(|byte| UrlId::from_bytes([byte; UrlId::LENGTH]));
        assert_eq!(key.call(url), KEY.parse::<IdempotencyKey>().unwrap().call(url));
        assert_ne!(key.call(url), key.call(other));
        assert_ne!(key.call(url), format!("{KEY}0").parse::<IdempotencyKey>().unwrap().call(url));
        assert_eq!(format!("{key:?}"), "IdempotencyKey(hidden)");
    }

    #[test]
    fn a_key_that_can_be_guessed_or_is_no_text_is_refused() {
        let [shortest, longest] = [16, 128].map(|length| "k".repeat(length));
        for right in [KEY, "\"8e03978e-40d5-43dd\"", &shortest, &longest] {
            assert!(right.parse::<IdempotencyKey>().is_ok(), "{right}");
        }
        let [too_short, too_long] = [15, 129].map(|length| "k".repeat(length));
        for wrong in ["", &too_short, &too_long, "0123456789 123456", "0123456789012345é"] {
            let reason = wrong.parse::<IdempotencyKey>().unwrap_err();
            assert_eq!(reason, "must be 16 to 128 visible ASCII characters", "{wrong}");
        }
    }
}
