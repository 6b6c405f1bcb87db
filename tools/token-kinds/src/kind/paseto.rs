//! PASETO (<https://github.com/paseto-standard/paseto-spec>).

use loop_core::{CallUrlClaims, UnixSeconds};
use pasetors::{
    Local,
    claims::{Claims, ClaimsValidationRules},
    errors::Error,
    keys::SymmetricKey,
    local,
    token::UntrustedToken,
    version4::V4,
};
use serde_json::Value;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{Failure, claims::SECRET, kind::TokenKind};

/// Version 4, local: encrypted with XChaCha20 and authenticated with BLAKE2b, with `pasetors`.
pub(crate) struct Paseto {
    key: SymmetricKey<V4>,
    rules: ClaimsValidationRules,
}

impl Paseto {
    pub(crate) fn new() -> Result<Self, Error> {
        let mut rules = ClaimsValidationRules::new();
        // None of the others says when it was made.
        rules.disable_valid_at();
        Ok(Self { key: SymmetricKey::from(&SECRET)?, rules })
    }
}

impl TokenKind for Paseto {
    type Token = String;
    type Verified = CallUrlClaims;

    fn make(&self, claims: &CallUrlClaims) -> Result<String, Failure> {
        let mut said = Claims::from_string("{}")?;
        let seconds = i64::try_from(claims.expires_at.get())?;
        let expires_at = OffsetDateTime::from_unix_timestamp(seconds)?;
        said.expiration(&expires_at.format(&Rfc3339)?)?;
        said.token_identifier(&claims.url_id.to_string())?;
        said.subject(&claims.callee.to_string())?;
        said.add_additional("remote_id", claims.remote_id.as_str())?;
        if let Some(name) = &claims.callee_name {
            said.add_additional("name", name.as_str())?;
        }
        Ok(local::encrypt(&self.key, &said, None, None)?)
    }

    fn text(token: &String) -> &str {
        token
    }

    fn verify(&self, token: &str) -> Result<CallUrlClaims, Failure> {
        let token = UntrustedToken::<Local, V4>::try_from(token)?;
        let token = local::decrypt(&self.key, &token, &self.rules, None, None)?;
        let said = token.payload_claims().ok_or("the token says nothing")?;
        let text = |name| said.get_claim(name).and_then(Value::as_str);
        let needed = |name| text(name).ok_or("a claim is missing");
        let expires_at = OffsetDateTime::parse(needed("exp")?, &Rfc3339)?;
        Ok(CallUrlClaims {
            expires_at: UnixSeconds::try_from(u64::try_from(expires_at.unix_timestamp())?)?,
            url_id: needed("jti")?.parse()?,
            callee: needed("sub")?.parse()?,
            remote_id: needed("remote_id")?.to_owned().try_into()?,
            callee_name: text("name").map(|name| name.to_owned().try_into()).transpose()?,
        })
    }
}
