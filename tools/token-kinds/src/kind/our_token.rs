//! Ours.

use loop_core::{CallToken, CallUrlClaims, KeyRing, VerifiedCallUrl};

use crate::{Failure, claims, kind::TokenKind};

/// A call token.
pub(crate) struct OurToken {
    keys: KeyRing,
}

impl OurToken {
    pub(crate) fn new() -> Result<Self, Failure> {
        // The key ring of `events/README.md`.
        Ok(Self { keys: "1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8".parse()? })
    }
}

impl TokenKind for OurToken {
    type Token = CallToken;
    type Verified = VerifiedCallUrl;

    fn make(&self, claims: &CallUrlClaims) -> Result<CallToken, Failure> {
        Ok(CallToken::sign(&self.keys, claims))
    }

    fn text(token: &CallToken) -> &str {
        token.as_str()
    }

    fn verify(&self, token: &str) -> Result<VerifiedCallUrl, Failure> {
        Ok(VerifiedCallUrl::verify(&self.keys, token, claims::now())?)
    }
}
