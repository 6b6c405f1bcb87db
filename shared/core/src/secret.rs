//! A text that must not be shown.

use std::fmt;

use zeroize::Zeroizing;

/// A secret from the configuration or from the provider. `Debug` says only that there is one; code
/// that needs the text has to ask for it by name. Its memory is zeroed when it is dropped, but the
/// environment of the process, from which it was read, can't be.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Hides `text`.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// Returns the text itself, to be used, not to be kept or logged.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(hidden)")
    }
}
