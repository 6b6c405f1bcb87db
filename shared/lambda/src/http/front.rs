//! The front through which all requests have to come, such as a CDN with a firewall.

use loop_core::{AcceptedSecrets, Settings};

/// The header in which the front proves itself. No client can send it through the front, which sets
/// it anew.
pub const ORIGIN_SECRET: &str = "loop-origin-secret";

/// The proof that a request has come through the front, if there is one. Without the check, whoever
/// knows the gateway's own address walks around the limits of the front.
#[derive(Clone, Debug)]
pub struct Front(Option<AcceptedSecrets>);

impl Front {
    /// Reads `LOOP_ORIGIN_SECRETS`, which is absent where there is no front.
    pub fn from_settings(settings: &mut Settings<'_>) -> Option<Self> {
        settings.optional("LOOP_ORIGIN_SECRETS", AcceptedSecrets::parse).map(Self)
    }

    /// Returns whether a request may be responded to that has this value of [`ORIGIN_SECRET`].
    pub fn admits(&self, secret: Option<&[u8]>) -> bool {
        let Some(accepted) = &self.0 else { return true };
        secret.is_some_and(|secret| accepted.accept(secret))
    }
}
