//! JSON Web Token (RFC 7519).

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use loop_core::{CallUrlClaims, CalleeName, RemoteId, UnixSeconds, UrlId, UserId};
use serde::{Deserialize, Serialize};

use crate::{Failure, claims::SECRET, kind::TokenKind};

/// HS256 with `jsonwebtoken` on `aws-lc-rs`, the faster one of its two backends.
pub(crate) struct JsonWebToken {
    header: Header,
    encoding_key: EncodingKey,
    decoding_key: DecodingKey,
    validation: Validation,
}

impl JsonWebToken {
    pub(crate) fn new() -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        // To the second, as the others do.
        validation.leeway = 0;
        Self {
            header: Header::new(Algorithm::HS256),
            encoding_key: EncodingKey::from_secret(&SECRET),
            decoding_key: DecodingKey::from_secret(&SECRET),
            validation,
        }
    }
}

impl TokenKind for JsonWebToken {
    type Token = String;
    type Verified = CallUrlClaims;

    fn make(&self, claims: &CallUrlClaims) -> Result<String, Failure> {
        let claims = Claims {
            exp: claims.expires_at,
            jti: claims.url_id,
            sub: claims.callee,
            remote_id: &claims.remote_id,
            name: claims.callee_name.as_ref(),
        };
        Ok(jsonwebtoken::encode(&self.header, &claims, &self.encoding_key)?)
    }

    fn text(token: &String) -> &str {
        token
    }

    fn verify(&self, token: &str) -> Result<CallUrlClaims, Failure> {
        let token = jsonwebtoken::decode::<Claims<RemoteId, CalleeName>>(
            token,
            &self.decoding_key,
            &self.validation,
        )?;
        let Claims { exp, jti, sub, remote_id, name } = token.claims;
        Ok(CallUrlClaims {
            expires_at: exp,
            url_id: jti,
            callee: sub,
            remote_id,
            callee_name: name,
        })
    }
}

/// Under the registered names where there are some, which are the shortest.
#[derive(Serialize, Deserialize)]
struct Claims<R, N> {
    exp: UnixSeconds,
    jti: UrlId,
    sub: UserId,
    remote_id: R,
    name: Option<N>,
}
