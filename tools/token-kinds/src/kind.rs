//! The kinds of tokens.

mod biscuit;
mod json_web_token;
mod our_token;
mod paseto;

use loop_core::CallUrlClaims;

use crate::Failure;

pub(crate) use {
    biscuit::Biscuit, json_web_token::JsonWebToken, our_token::OurToken, paseto::Paseto,
};

/// A kind of token with its keys, and with whatever else can be prepared once for all tokens.
pub(crate) trait TokenKind {
    /// What making gives.
    type Token;

    /// What verifying gives: claims whose ids are bytes and whose texts have been checked, as an
    /// endpoint needs them.
    type Verified;

    fn make(&self, claims: &CallUrlClaims) -> Result<Self::Token, Failure>;

    /// A token as it is handed out.
    fn text(token: &Self::Token) -> &str;

    /// Checks that the token is authentic, reads what it says, and checks that it has not expired.
    fn verify(&self, token: &str) -> Result<Self::Verified, Failure>;
}

#[cfg(test)]
mod tests {
    use loop_core::{UnixSeconds, VerifiedCallUrl};

    use super::*;
    use crate::claims;

    fn assert_fair<K: TokenKind>(kind: &K, claims_of: impl Fn(&K::Verified) -> &CallUrlClaims) {
        let claims = claims::of_bob().unwrap();
        let make = |claims: &_| K::text(&kind.make(claims).unwrap()).to_owned();
        let token = make(&claims);
        assert_eq!(*claims_of(&kind.verify(&token).unwrap()), claims, "{token}");

        let expired = CallUrlClaims { expires_at: UnixSeconds::try_from(1).unwrap(), ..claims };
        assert!(kind.verify(&make(&expired)).is_err(), "expired");
        for position in [token.len() / 2, token.len() - 10] {
            let mut forged = token.clone().into_bytes();
            forged[position] = if forged[position] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(forged).unwrap();
            assert!(kind.verify(&forged).is_err(), "{forged} for {token}");
        }
    }

    #[test]
    fn every_kind_says_the_same_and_checks_the_same() {
        assert_fair(&OurToken::new().unwrap(), VerifiedCallUrl::claims);
        assert_fair(&JsonWebToken::new(), |claims| claims);
        assert_fair(&Paseto::new().unwrap(), |claims| claims);
        assert_fair(&Biscuit::new().unwrap(), |claims| claims);
    }
}
