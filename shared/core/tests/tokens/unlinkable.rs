//! The unlinkability of tokens: neither the links of two holders, nor the tokens that they are
//! given for a call, show that the callee is the same.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use loop_core::{
    CallId, CallToken, CallUrlClaims, Participant, UrlId, UserId, VerifiedCallUrl, progress::Role,
};
use proptest::prelude::*;

use crate::kind::{NOW, OTHER_SECRET, SECRET, claims, ring, ring_of, second, user};

/// Returns the callee's id as it stands in a token, after the version, the key id and so many
/// bytes.
fn masked(token: &str, at: usize) -> [u8; 16] {
    *URL_SAFE_NO_PAD.decode(token).unwrap()[at..].first_chunk().unwrap()
}

fn of_link(url_id: [u8; 8], callee: UserId) -> [u8; 16] {
    let claims = CallUrlClaims { url_id: UrlId::from_bytes(url_id), callee, ..claims() };
    masked(CallToken::sign(&ring().keys(), &claims).as_str(), 2 + 5 + 8)
}

fn of_call(call: [u8; 16], callee: UserId) -> [u8; 16] {
    let call = CallId::from_bytes(call);
    let of = |role| {
        let participant = Participant { callee, call, role, expires_at: second(NOW + 180) };
        masked(participant.sign(&ring().keys()).expose(), 2 + 5)
    };
    assert_eq!(of(Role::Caller), of(Role::Callee));
    of(Role::Caller)
}

/// Returns the number of bits that differ. It is about half of them if the two have nothing in
/// common.
fn differing(one: [u8; 16], other: [u8; 16]) -> u32 {
    (u128::from_ne_bytes(one) ^ u128::from_ne_bytes(other)).count_ones()
}

#[test]
fn two_keys_mask_differently() {
    let token = |ring: &str| CallToken::sign(&ring_of(ring).keys(), &claims()).as_str().to_owned();
    let [one, other] = [SECRET, OTHER_SECRET].map(|it| masked(&token(&format!("1:{it}")), 15));
    assert!((20..108).contains(&differing(one, other)));
}

/// The callee is read with the key that the token names, even if another key signs now.
#[test]
fn the_key_that_has_signed_unmasks() {
    let before = ring_of(&format!("1:{SECRET}"));
    let after = ring_of(&format!("2:{OTHER_SECRET},1:{SECRET}"));
    let token = CallToken::sign(&before.keys(), &claims());
    let verified = VerifiedCallUrl::verify(&after.keys(), token.as_str(), second(NOW)).unwrap();
    assert_eq!(verified.claims().callee, user());
}

proptest! {
    #[test]
    fn links_of_one_callee_have_nothing_in_common(
        callee: [u8; 16], one: [u8; 8], other: [u8; 8], stranger: [u8; 16],
    ) {
        prop_assume!(one != other && callee != stranger);
        let [callee, stranger] = [callee, stranger].map(UserId::from_bytes);
        for other in [of_link(other, callee), of_link(other, stranger), *callee.as_bytes()] {
            prop_assert!((20..108).contains(&differing(of_link(one, callee), other)));
        }
    }

    #[test]
    fn calls_to_one_callee_have_nothing_in_common(
        callee: [u8; 16], one: [u8; 16], other: [u8; 16], link: [u8; 8],
    ) {
        prop_assume!(one != other && one[..8] != link);
        let callee = UserId::from_bytes(callee);
        for other in [of_call(other, callee), of_link(link, callee), *callee.as_bytes()] {
            prop_assert!((20..108).contains(&differing(of_call(one, callee), other)));
        }
    }
}
