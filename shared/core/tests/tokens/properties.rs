//! What holds for every legal input, and for every text.

use loop_core::{
    CallToken, CallUrlClaims, CalleeName, RemoteId, Session, TokenError, UnixSeconds, UrlId,
    UserId, VerifiedCallUrl, call_url, limits::SESSION_SECONDS, session,
};
use proptest::prelude::*;

use crate::{
    by_hand::seal,
    kind::{Kind, callee_name, remote_id, ring, second},
};

/// Any claims that a call URL may make and that are not over at the epoch.
fn any_claims() -> impl Strategy<Value = CallUrlClaims> {
    let remote_id = "\\PC{1,16}|[ -~]{1,64}";
    let callee_name = proptest::option::of("\\PC{1,8}|[ -~]{1,32}");
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

/// The longest token of all, as long as its format allows.
#[test]
fn the_longest_claims_are_accepted() {
    let claims = CallUrlClaims {
        expires_at: UnixSeconds::MAX,
        url_id: UrlId::from_bytes([0xff; 8]),
        callee: UserId::from_bytes([0xff; 16]),
        remote_id: remote_id(&"é".repeat(32)),
        callee_name: Some(callee_name(&"😀".repeat(8))),
    };
    let token = CallToken::sign(&ring(), &claims);
    assert_eq!(token.as_str().len(), 194);
    let verified = VerifiedCallUrl::verify(&ring(), token.as_str(), second(0)).unwrap();
    assert_eq!(*verified.claims(), claims);
}

proptest! {
    #[test]
    fn what_is_signed_is_what_is_read(claims in any_claims()) {
        let token = CallToken::sign(&ring(), &claims);
        let verified = VerifiedCallUrl::verify(&ring(), token.as_str(), second(0)).unwrap();
        prop_assert_eq!(verified.claims(), &claims);
        prop_assert_eq!(&call_url::peek(token.as_str()).unwrap().1, &claims);
        prop_assert!(session::peek(token.as_str()).is_none());
        prop_assert!(Session::verify(&ring(), token.as_str(), second(0)).is_err());
    }

    #[test]
    fn the_texts_alone_decide_the_length(claims in any_claims()) {
        let texts = claims.remote_id.as_str().len()
            + claims.callee_name.as_ref().map_or(0, |name| name.as_str().len());
        let length = CallToken::sign(&ring(), &claims).as_str().len();
        prop_assert_eq!(length, ((49 + texts) * 8).div_ceil(6));
        prop_assert!(texts > 17 + 5 || length <= 96);
    }

    #[test]
    fn a_session_is_read_as_it_was_made(
        user: [u8; 16],
        now in 0..=UnixSeconds::MAX.get() - SESSION_SECONDS,
    ) {
        let session = Session::begin(UserId::from_bytes(user), second(now));
        let token = session.sign(&ring());
        prop_assert_eq!(token.as_str().len(), 52);
        prop_assert_eq!(Session::verify(&ring(), token.as_str(), second(now)), Ok(session));
        prop_assert_eq!(session::peek(token.as_str()).unwrap().1, session);
        prop_assert!(call_url::peek(token.as_str()).is_none());
    }

    #[test]
    fn no_text_is_accepted_by_chance(text in "\\PC{0,200}|[A-Za-z0-9_-]{0,200}") {
        for kind in Kind::ALL {
            prop_assert_eq!(kind.verify(&text), Err(TokenError::Invalid));
        }
    }

    /// Whatever a properly signed body says: either it is not a token, or signing what was read
    /// gives the same text again. So no claims have two tokens.
    #[test]
    fn a_body_has_one_meaning_and_a_meaning_one_body(
        fixed in proptest::collection::vec(any::<u8>(), 29),
        remote_id in "[ -~é\u{202e}]{0,12}",
        name in "[ -~é\u{202e}]{0,8}",
        wrong_by in (-1..=1_i8, -1..=1_i8),
    ) {
        let mut body = fixed;
        for (text, wrong_by) in [(&remote_id, wrong_by.0), (&name, wrong_by.1)] {
            let length = u8::try_from(text.len()).unwrap();
            body.push(length.saturating_add_signed(wrong_by));
            body.extend_from_slice(text.as_bytes());
        }
        let text = seal(Kind::CallUrl, 1, 1, &body);
        if let Ok(verified) = VerifiedCallUrl::verify(&ring(), &text, second(0)) {
            let again = CallToken::sign(&ring(), verified.claims());
            prop_assert_eq!(again.as_str(), text);
        }
    }
}
