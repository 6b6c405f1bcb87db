//! Keys that are published and protect nothing.

/// A key ring in the form of `LOOP_TOKEN_KEYS`: one key with the id 1, whose bytes are 0 to 31. It
/// must never be used in production, because everybody can forge tokens with it.
pub const TEST_KEY_RING: &str = "1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

/// A key in the form of `LOOP_VAPID_KEY`, made with `cargo run -p keys -- vapid`.
pub const TEST_VAPID_KEY: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg23vC7W0B0hqICCAnOtaWCC8p_U0P8hGtI23zOQGk\
    W5yhRANCAARufHH-5bSJNonuNtXwRhPf9eUhIDXniazFvv51C6SheH0YqGHhqLVsRFG98E-LRIEvSSBq6J3Xu2uVtXJxckS_";

/// The public half of [`TEST_VAPID_KEY`], in the form of `LOOP_VAPID_PUBLIC_KEY`.
pub const TEST_VAPID_PUBLIC_KEY: &str =
    "BG58cf7ltIk2ie421fBGE9_15SEgNeeJrMW-_nULpKF4fRioYeGotWxEUb3wT4tEgS9JIGronde7a5W1cnFyRL8";

#[cfg(test)]
mod tests {
    use loop_core::KeyRing;

    use super::*;

    #[test]
    fn it_is_a_key_ring() {
        let ring: KeyRing = TEST_KEY_RING.parse().unwrap();
        assert_eq!(ring.ids().collect::<Vec<_>>(), [1]);
    }
}
