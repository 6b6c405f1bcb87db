//! The ends of tokens, and the renewal of sessions.

use loop_core::{
    CallToken, Session, TokenError, UnixSeconds, VerifiedCallUrl,
    limits::{CALL_URL_LIFETIME_MAX, SESSION_LIFETIME},
};

use crate::kind::{NOW, claims, ring, second, user};

#[test]
fn a_call_url_is_valid_until_the_second_before_its_expiry() {
    let claims = claims();
    let token = CallToken::sign(&ring().keys(), &claims);
    let verify = |now: u64| VerifiedCallUrl::verify(&ring().keys(), token.as_str(), second(now));
    let expiry = claims.expires_at.get();
    for now in [0, expiry - 1] {
        assert_eq!(verify(now).map(|verified| verified.claims().clone()), Ok(claims.clone()));
    }
    for now in [expiry, expiry + 1, UnixSeconds::MAX.get()] {
        assert_eq!(verify(now), Err(TokenError::Expired), "at {now}");
    }
}

#[test]
fn a_session_is_valid_until_the_second_before_its_expiry() {
    let session = Session::begin(user(), second(NOW));
    let token = session.sign(&ring().keys());
    let verify = |now: u64| Session::verify(&ring().keys(), token.as_str(), second(now));
    let expiry = NOW + SESSION_LIFETIME.as_secs();
    assert_eq!(session.expires_at(), second(expiry));
    for now in [0, NOW, expiry - 1] {
        assert_eq!(verify(now), Ok(session));
    }
    for now in [expiry, UnixSeconds::MAX.get()] {
        assert_eq!(verify(now), Err(TokenError::Expired), "at {now}");
    }
}

#[test]
fn a_session_is_renewed_in_the_last_half_of_its_life() {
    let session = Session::begin(user(), second(NOW));
    let half = SESSION_LIFETIME.as_secs() / 2;
    for age in [0, 1, half - 1] {
        assert_eq!(session.renewed(second(NOW + age)), None, "after {age} seconds");
    }
    for age in [half, half + 1, SESSION_LIFETIME.as_secs() - 1] {
        let now = second(NOW + age);
        assert_eq!(session.renewed(now), Some(Session::begin(user(), now)), "after {age} seconds");
    }
}

#[test]
fn a_session_is_replaced_where_something_else_would_outlive_it() {
    let session = Session::begin(user(), second(NOW));
    let expiry = NOW + SESSION_LIFETIME.as_secs();
    let now = second(NOW + 10);
    for moment in [NOW, expiry - 1, expiry] {
        assert_eq!(session.outliving(second(moment), now), None);
    }
    assert_eq!(session.outliving(second(expiry + 1), now), Some(Session::begin(user(), now)));
}

#[test]
fn a_session_can_outlive_every_call_url() {
    let session = Session::begin(user(), second(NOW));
    for age in [0, 1, SESSION_LIFETIME.as_secs() / 2, SESSION_LIFETIME.as_secs() - 1] {
        let now = second(NOW + age);
        let call_url_ends = now.after(CALL_URL_LIFETIME_MAX);
        let kept = session.outliving(call_url_ends, now).unwrap_or(session);
        assert!(kept.expires_at() >= call_url_ends, "after {age} seconds");
        assert_eq!(kept.user(), user());
    }
}
