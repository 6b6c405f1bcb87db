//! Random bytes.

use ring::rand::{self, RandomlyConstructable, SecureRandom};

use crate::UnavailableError;

/// Draws random bytes, `[u8; N]`, that cannot be guessed.
///
/// # Errors
/// The random source has failed.
pub fn bytes<T: RandomlyConstructable>(source: &dyn SecureRandom) -> Result<T, UnavailableError> {
    match rand::generate(source) {
        Ok(bytes) => Ok(bytes.expose()),
        Err(_) => Err(UnavailableError::new("the random source has failed")),
    }
}
