//! The source expressions by which a policy allows a script or a style.

use base64::{Engine, engine::general_purpose::STANDARD};
use ring::digest::{SHA256, digest};

/// Returns the source expression of an inline script or style (Content Security Policy Level 3,
/// section 2.3.1).
pub(crate) fn hash_source(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(digest(&SHA256, text.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example is that of the same section.
    #[test]
    fn the_example_of_the_specification_has_its_hash() {
        let expected = "'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='";
        assert_eq!(hash_source("alert('Hello, world.');"), expected);
    }
}
