//! JSON Web Tokens in compact form (RFC 7515, section 7.1), as WebRTC providers (HS256) and push
//! services (ES256) want them. Loop makes such tokens for others and reads none.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::hmac;
use serde::Serialize;

/// Returns a token with `claims`. `sign` is given the signing input and returns the signature that
/// `algorithm` (the `alg` of RFC 7518, section 3.1) prescribes.
///
/// # Errors
/// The errors of `sign`.
pub fn sign_with<E>(
    algorithm: &str,
    claims: &impl Serialize,
    sign: impl FnOnce(&[u8]) -> Result<Vec<u8>, E>,
) -> Result<String, E> {
    let header = serde_json::json!({ "alg": algorithm, "typ": "JWT" }).to_string();
    let claims = serde_json::to_vec(claims).expect("claims are structs with text keys");
    let mut token =
        format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let signature = sign(token.as_bytes())?;
    token.push('.');
    token.push_str(&URL_SAFE_NO_PAD.encode(signature));
    Ok(token)
}

/// Returns a token with `claims`, signed with HMAC-SHA256.
pub fn sign_hs256(secret: &[u8], claims: &impl Serialize) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    let Ok(token) = sign_with("HS256", claims, |input| {
        Ok::<_, std::convert::Infallible>(hmac::sign(&key, input).as_ref().to_vec())
    });
    token
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    /// The expected token was made with Python's `hmac` and `base64` modules.
    #[test]
    fn hs256_is_what_others_make() {
        assert_eq!(
            super::sign_hs256(b"secret", &json!({ "sub": "bob" })),
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJib2IifQ.\
             -51G5JQmpJleARHp8rIljBczPFanWT93d_N_7LQGUXU"
        );
    }
}
