//! Keys that are published and protect nothing.

/// A key ring in the form of `LOOP_TOKEN_KEYS`: one key with the id 1, whose bytes are 0 to 31.
/// Never in production: everybody can forge tokens with it.
pub const TEST_KEY_RING: &str = "1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

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
