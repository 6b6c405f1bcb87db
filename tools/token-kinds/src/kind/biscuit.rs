//! Biscuit (<https://www.biscuitsec.org>).

use std::time::{Duration, SystemTime};

use biscuit_auth::{
    Algorithm, AuthorizerLimits, KeyPair, PrivateKey, PublicKey,
    builder::Rule,
    macros::{authorizer, biscuit, rule},
};
use loop_core::{CallUrlClaims, UnixSeconds, UrlId, UserId};

use crate::{Failure, claims::SECRET, kind::TokenKind};

/// What the token says, as it is asked for.
type Said = (Vec<u8>, Vec<u8>, String, String, SystemTime);

/// Signed with Ed25519: there is no symmetric Biscuit. All that it says is one fact, and one check.
pub(crate) struct Biscuit {
    root: KeyPair,
    public: PublicKey,
    said: Rule,
    limits: AuthorizerLimits,
}

impl Biscuit {
    pub(crate) fn new() -> Result<Self, Failure> {
        let root = KeyPair::from(&PrivateKey::from_bytes(&SECRET, Algorithm::Ed25519)?);
        // The default gives up after a millisecond, which is too short where instructions are
        // counted.
        let max_time = Duration::from_secs(60);
        Ok(Self {
            public: root.public(),
            root,
            said: rule!(
                "said($url, $callee, $for, $name, $end) <- link($url, $callee, $for, $name, $end)"
            ),
            limits: AuthorizerLimits { max_time, ..AuthorizerLimits::default() },
        })
    }
}

impl TokenKind for Biscuit {
    type Token = String;
    type Verified = CallUrlClaims;

    fn make(&self, claims: &CallUrlClaims) -> Result<String, Failure> {
        let end = SystemTime::UNIX_EPOCH + Duration::from_secs(claims.expires_at.get());
        let name = claims.callee_name.as_ref().map_or("", |name| name.as_str());
        let token = biscuit!(
            "link({url}, {callee}, {remote_id}, {name}, {end}); check if time($time), $time < {end};",
            url = claims.url_id.as_bytes().to_vec(),
            callee = claims.callee.as_bytes().to_vec(),
            remote_id = claims.remote_id.as_str(),
        );
        Ok(token.build(&self.root)?.to_base64()?)
    }

    fn text(token: &String) -> &str {
        token
    }

    fn verify(&self, token: &str) -> Result<CallUrlClaims, Failure> {
        let token = biscuit_auth::Biscuit::from_base64(token, self.public)?;
        let authorizer = authorizer!("time({now}); allow if true;", now = SystemTime::now());
        let mut authorizer = authorizer.set_limits(self.limits.clone()).build(&token)?;
        authorizer.authorize()?;
        let (url, callee, remote_id, name, end): Said =
            authorizer.query_exactly_one(self.said.clone())?;
        let end = end.duration_since(SystemTime::UNIX_EPOCH)?.as_secs();
        Ok(CallUrlClaims {
            expires_at: UnixSeconds::try_from(end)?,
            url_id: UrlId::from_bytes(url.as_slice().try_into()?),
            callee: UserId::from_bytes(callee.as_slice().try_into()?),
            remote_id: remote_id.try_into()?,
            callee_name: if name.is_empty() { None } else { Some(name.try_into()?) },
        })
    }
}
