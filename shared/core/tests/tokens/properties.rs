//! The properties that hold for every legal input, and for every text.

use loop_core::{
    CallToken, CallUrlClaims, CalleeName, PeekedCallUrl, PeekedSession, RemoteId, Session,
    TokenError, UnixSeconds, UrlId, UserId, VerifiedCallUrl, limits::SESSION_LIFETIME,
};
use proptest::prelude::*;

use crate::{
    by_hand::seal,
    kind::{Kind, callee_name, remote_id, ring, second},
};

/// Returns any claims that a call URL may make and that are not expired at the epoch.
fn any_claims() -> impl Strategy<Value = CallUrlClaims> {
    let remote_id = "\\PC{1,64}|[ -~]{1,64}";
    let callee_name = proptest::option::of("\\PC{1,64}|[ -~]{1,64}");
    (1..=UnixSeconds::MAX.get(), any::<[u8; 8]>(), any::<[u8; 16]>(), remote_id, callee_name)
        .prop_filter_map("a text that no call URL may carry", |(expiry, url, user, id, name)| {
            Some(CallUrlClaims {
                expires_at: second(expiry),
                url_id: UrlId::from_bytes(url),
                callee: UserId::from_bytes(user),
                remote_id: RemoteId::try_from(id).ok()?,
                callee_name: name.map(CalleeName::try_from).transpose().ok()?,
            })
        })
}

/// The longest token is as long as its format allows.
#[test]
fn the_longest_claims_are_accepted() {
    let claims = CallUrlClaims {
        expires_at: UnixSeconds::MAX,
        url_id: UrlId::from_bytes([0xff; 8]),
        callee: UserId::from_bytes([0xff; 16]),
        remote_id: remote_id(&"😀".repeat(64)),
        callee_name: Some(callee_name(&"😀".repeat(64))),
    };
    let token = CallToken::sign(&ring().keys(), &claims);
    assert_eq!(token.as_str().len(), 747);
    let verified = VerifiedCallUrl::verify(&ring().keys(), token.as_str(), second(0)).unwrap();
    assert_eq!(*verified.claims(), claims);
}

proptest! {
    #[test]
    fn what_is_signed_is_what_is_read(claims in any_claims()) {
        let token = CallToken::sign(&ring().keys(), &claims);
        let verified = VerifiedCallUrl::verify(&ring().keys(), token.as_str(), second(0)).unwrap();
        prop_assert_eq!(verified.claims(), &claims);
        let peeked = PeekedCallUrl::read(Some(&ring().keys()), token.as_str()).unwrap();
        prop_assert_eq!((peeked.url_id, peeked.callee), (claims.url_id, Some(claims.callee)));
        prop_assert_eq!((&peeked.remote_id, &peeked.callee_name), (&claims.remote_id, &claims.callee_name));
        prop_assert_eq!((peeked.expires_at, peeked.made_at), (claims.expires_at, verified.made_at()));
        prop_assert_eq!(PeekedCallUrl::read(None, token.as_str()).unwrap().callee, None);
        prop_assert!(PeekedSession::read(token.as_str()).is_none());
        prop_assert!(Session::verify(&ring().keys(), token.as_str(), second(0)).is_err());
    }

    #[test]
    fn the_texts_alone_decide_the_length(claims in any_claims()) {
        let texts = claims.remote_id.as_str().len()
            + claims.callee_name.as_ref().map_or(0, |name| name.as_str().len());
        let length = CallToken::sign(&ring().keys(), &claims).as_str().len();
        prop_assert_eq!(length, ((48 + texts) * 8).div_ceil(6));
        prop_assert!(texts > 17 + 5 || length <= 95);
    }

    #[test]
    fn a_session_is_read_as_it_was_made(
        user: [u8; 16],
        now in 0..=UnixSeconds::MAX.get() - SESSION_LIFETIME.as_secs(),
    ) {
        let session = Session::begin(UserId::from_bytes(user), second(now));
        let token = session.sign(&ring().keys());
        prop_assert_eq!(token.as_str().len(), 52);
        prop_assert_eq!(Session::verify(&ring().keys(), token.as_str(), second(now)), Ok(session));
        let peeked = PeekedSession::read(token.as_str()).unwrap();
        prop_assert_eq!((peeked.user, peeked.expires_at), (session.user(), session.expires_at()));
        prop_assert!(PeekedCallUrl::read(None, token.as_str()).is_none());
    }

    #[test]
    fn no_text_is_accepted_by_chance(text in "\\PC{0,200}|[A-Za-z0-9_-]{0,200}") {
        for kind in Kind::ALL {
            prop_assert_eq!(kind.verify(&text), Err(TokenError::Invalid));
        }
    }

    /// A properly signed body is not a token, or signing the claims that were read from it gives
    /// the same text again. So no claims have two tokens.
    #[test]
    fn a_body_has_one_meaning_and_a_meaning_one_body(
        fixed in proptest::collection::vec(any::<u8>(), 29),
        remote_id in "[ -~é\u{202e}]{0,12}",
        name in "[ -~é\u{202e}]{0,8}",
        wrong_by in -2..=0_i8,
    ) {
        let mut body = fixed;
        let length = u8::try_from(remote_id.len()).unwrap();
        body.push(length.saturating_add_signed(wrong_by));
        body.extend_from_slice(remote_id.as_bytes());
        body.extend_from_slice(name.as_bytes());
        let text = seal(Kind::CallUrl, 2, 1, &body);
        if let Ok(verified) = VerifiedCallUrl::verify(&ring().keys(), &text, second(0)) {
            let again = CallToken::sign(&ring().keys(), verified.claims());
            prop_assert_eq!(again.as_str(), text);
        }
    }
}
