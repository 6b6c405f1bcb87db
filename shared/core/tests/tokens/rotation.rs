//! The three steps of `docs/token.md`, "Rotation": no token fails on the way.

use loop_core::{
    CallToken, KeyRing, PeekedCallUrl, PeekedSession, Session, TokenError, VerifiedCallUrl,
};

use crate::kind::{NOW, OTHER_SECRET, SECRET, claims, ring_of, second, user};

/// Returns the ring before the rotation, and after each of its three steps.
fn steps() -> [KeyRing; 4] {
    [
        ring_of(&format!("1:{SECRET}")),
        ring_of(&format!("1:{SECRET},2:{OTHER_SECRET}")),
        ring_of(&format!("2:{OTHER_SECRET},1:{SECRET}")),
        ring_of(&format!("2:{OTHER_SECRET}")),
    ]
}

/// Returns whether `reader` accepts the tokens that `writer` signs, of both kinds.
fn accepts(reader: &KeyRing, writer: &KeyRing) -> bool {
    let call_token = CallToken::sign(&writer.keys(), &claims());
    let session_token = Session::begin(user(), second(NOW)).sign(&writer.keys());
    let call_url = VerifiedCallUrl::verify(&reader.keys(), call_token.as_str(), second(NOW));
    let session = Session::verify(&reader.keys(), session_token.as_str(), second(NOW));
    assert_eq!(call_url.is_ok(), session.is_ok());
    match call_url {
        Ok(_) => true,
        Err(error) => {
            assert_eq!((error, session.unwrap_err()), (TokenError::Invalid, TokenError::Invalid));
            false
        }
    }
}

#[test]
fn neighbouring_steps_accept_each_others_tokens() {
    let steps = steps();
    for pair in steps.windows(2).take(2) {
        assert!(accepts(&pair[0], &pair[0]) && accepts(&pair[1], &pair[1]));
        assert!(accepts(&pair[1], &pair[0]) && accepts(&pair[0], &pair[1]));
    }
    assert!(accepts(&steps[3], &steps[2]) && accepts(&steps[2], &steps[3]));
}

#[test]
fn an_old_token_ends_with_its_key_and_not_before() {
    let [before, added, signing, removed] = steps();
    assert!(accepts(&added, &before) && accepts(&signing, &before));
    assert!(!accepts(&removed, &before));
}

#[test]
fn a_step_must_not_be_skipped() {
    let [before, _, signing, _] = steps();
    assert!(!accepts(&before, &signing));
}

#[test]
fn the_first_key_signs() {
    for (ring, expected) in steps().iter().zip([1, 1, 2, 2]) {
        let call_token = CallToken::sign(&ring.keys(), &claims());
        assert_eq!(PeekedCallUrl::read(None, call_token.as_str()).unwrap().header.key_id, expected);
        let session_token = Session::begin(user(), second(NOW)).sign(&ring.keys());
        assert_eq!(PeekedSession::read(session_token.as_str()).unwrap().header.key_id, expected);
    }
}

#[test]
fn another_secret_under_the_same_id_accepts_nothing() {
    let same_id = ring_of(&format!("1:{OTHER_SECRET}"));
    let swapped = ring_of(&format!("1:{OTHER_SECRET},2:{SECRET}"));
    let [before, ..] = steps();
    assert!(!accepts(&same_id, &before));
    assert!(!accepts(&swapped, &before), "the key id picks the key; no other one is tried");
}
